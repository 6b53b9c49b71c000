"""The attacks of the labelled submissions work where the harness's protection is missing.

Each test runs the same code as a naive runner would, and must see it succeed; were it to fail here,
the verdict that the harness gives it would show nothing. Everything started here is ended here.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from evaluator.instances import Instance
from evaluator.log import LOG_HEAD, LOG_TAIL
from evaluator.plan import Outcome
from tests.conftest import SUBMISSIONS, is_running

LOAD = "import sys; sys.path.insert(0, {folder!r}); import submission; "


@contextmanager
def naive(folder: Path, call: str, home: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a submission's code in a plain child process, and end it whatever happens.

    home: where it may write, if it does.
    """
    code = LOAD.format(folder=str(folder)) + call
    places = {} if home is None else {"HOME": str(home), "TMPDIR": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **places},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_killing_the_child_leaves_its_daemon(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    folder = SUBMISSIONS / "timeout" / "hides_in_a_daemon"
    with naive(folder, f"submission.train(0, 0, pid_file={str(pid_file)!r}, mark='')") as process:
        assert wait_until(pid_file.exists)
        daemon = int(pid_file.read_text())
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()  # even the tree as it stands does not hold the daemon
    try:
        time.sleep(0.2)
        assert is_running(daemon)
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_asking_politely_does_not_end_it() -> None:
    with naive(SUBMISSIONS / "timeout" / "ignores_signals", "submission.train(0, 0)") as process:
        status = Path(f"/proc/{process.pid}/status")
        assert wait_until(lambda: "SigBlk:\tffff" in status.read_text())
        process.terminate()
        time.sleep(0.5)
        assert process.poll() is None


def test_a_clock_in_its_own_process_stands_still() -> None:
    watch = (
        "import threading, time, os; start = time.monotonic();"
        "threading.Thread(target=submission.train, args=(0, 0), daemon=True).start();"
        "time.sleep(0.2)\n"
        "while time.monotonic() - start < 1: time.sleep(0.01)"
    )
    with naive(SUBMISSIONS / "timeout" / "patches_the_clock", watch) as process:
        time.sleep(2.5)
        assert process.poll() is None


def test_memory_grows_past_the_limit() -> None:
    with naive(SUBMISSIONS / "memory" / "grows", "submission.train(0, 0)") as process:
        known = psutil.Process(process.pid)
        assert wait_until(lambda: known.memory_info().rss > 600_000_000)


def test_each_process_alone_stays_below_the_memory_limit() -> None:
    with naive(SUBMISSIONS / "memory" / "many_children", "submission.train(0, 0)") as process:
        tree = psutil.Process(process.pid)
        sizes: list[int] = []

        def full() -> bool:
            sizes[:] = [child.memory_info().rss for child in tree.children()]
            return sum(sizes) > 500_000_000

        try:
            assert wait_until(full)
            assert max(sizes) < 300_000_000
        finally:
            for child in tree.children():
                child.kill()


def test_a_file_in_memory_belongs_to_no_process() -> None:
    with naive(SUBMISSIONS / "memory" / "memory_file", "submission.train(0, 0)") as process:
        held = open_without_a_name(process.pid)
        assert wait_until(lambda: held() > 400_000_000)
        assert psutil.Process(process.pid).memory_info().rss < 100_000_000


def test_shared_memory_outlives_the_child() -> None:
    with naive(SUBMISSIONS / "memory" / "shared_memory_file", "submission.train(0, 0)") as process:

        def files() -> list[Path]:
            return list(Path("/dev/shm").glob(f"subkit-test-{process.pid}-*"))

        try:
            assert wait_until(lambda: len(files()) > 40)
            assert psutil.Process(process.pid).memory_info().rss < 100_000_000
            process.kill()
            process.wait()
            assert sum(file.stat().st_size for file in files()) > 300_000_000
        finally:
            process.kill()
            process.wait()
            for file in files():
                file.unlink()


def test_a_limit_of_data_does_not_count_shared_mappings() -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_DATA, (3 * 10**8, 3 * 10**8)); "
    folder = SUBMISSIONS / "memory" / "shared_mapping"
    with naive(folder, limited + "submission.train(0, 0)") as process:
        known = psutil.Process(process.pid)
        try:
            assert wait_until(lambda: known.memory_info().rss > 500_000_000)
        finally:
            for child in known.children():
                child.kill()


def test_files_grow_past_what_is_allowed(tmp_path: Path) -> None:
    folder = SUBMISSIONS / "violation" / "fills_the_disk"
    with naive(folder, "submission.train(0, 0)", tmp_path) as process:
        hidden = tmp_path / "hidden"
        assert wait_until(lambda: hidden.is_dir() and not hidden.stat().st_mode & 0o777)
        assert process.poll() is None
        hidden.chmod(0o700)
        assert sum(file.stat().st_size for file in hidden.iterdir()) == 100_000_000


def test_a_look_at_folders_does_not_see_a_file_without_a_name(tmp_path: Path) -> None:
    folder = SUBMISSIONS / "violation" / "unlinked_file"
    with naive(folder, "submission.train(0, 0)", tmp_path) as process:
        held = open_without_a_name(process.pid)
        assert wait_until(lambda: held() == 100_000_000)
        assert list(tmp_path.iterdir()) == []


def open_without_a_name(pid: int) -> Callable[[], int]:
    """Return what tells the size of a process's open files that have no name."""

    def size() -> int:
        total = 0
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if os.readlink(link).endswith(" (deleted)"):
                    total += link.stat().st_size
        return total

    return size


def test_who_hops_escapes_every_list_of_processes(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    folder = SUBMISSIONS / "timeout" / "hops"
    call = f"submission.train(0, 0, pid_file={str(pid_file)!r}, seconds=2.5)"

    def where() -> str:
        return pid_file.read_text() if pid_file.exists() else ""

    with naive(folder, call) as process:
        assert wait_until(lambda: bool(where()))
        first = where()
        assert wait_until(lambda: where() not in (first, ""))
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):
                child.kill()
        os.killpg(process.pid, signal.SIGKILL)
    before = where()
    assert wait_until(lambda: where() not in (before, ""), seconds=1)
    time.sleep(2.5)  # then it ends by itself
    assert not is_running(int(where()))


def test_a_clock_in_its_own_process_waits_for_the_interpreter() -> None:
    watch = "import threading, os; threading.Timer(0.3, os._exit, [0]).start();"
    with naive(
        SUBMISSIONS / "timeout" / "holds_the_gil", watch + "submission.train(0, 0)"
    ) as process:
        time.sleep(1.5)
        assert process.poll() is None


def test_a_naive_runner_holds_the_whole_flood(run: Callable[..., Outcome]) -> None:
    folder = SUBMISSIONS / "ok" / "noisy"
    code = LOAD.format(folder=str(folder)) + "submission.train(0, 0)"
    flood = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30).stdout
    assert len(flood) > 20_000_000

    log = run(folder).log
    assert len(log.encode()) < LOG_HEAD + 2 * LOG_TAIL
    assert "first words" in log
    assert "last words" in log
    assert "bytes left out" in log


def test_a_forked_child_finds_the_labels(instance: Instance) -> None:
    """What `searches_for_labels` looks for is there where the child shares the parent's memory."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        sys.path.insert(0, str(SUBMISSIONS / "ok" / "searches_for_labels"))
        import submission

        os.write(writer, str(submission.search([])).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        found = stream.read()
    os.waitpid(pid, 0)
    assert "(50,)" in found
    assert "(50, 32, 32, 3)" in found


class _Payload:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.path,)


def test_unpickling_runs_what_a_child_sent(
    tmp_path: Path, make: Callable[..., Path], run: Callable[..., Outcome]
) -> None:
    mark = tmp_path / "ran"
    pickle.loads(pickle.dumps(_Payload(mark)))
    assert mark.exists()

    mark.unlink()
    folder = make(
        "import gc\n"
        "from submission_kit.child import Channel\n"
        "from submission_kit.frames import Frame, Kind\n"
        "def train(images, labels):\n"
        "    channel = next(t for t in gc.get_objects() if isinstance(t, Channel))\n"
        f"    payload = {pickle.dumps(_Payload(mark))!r}\n"
        "    return lambda images: channel.send(Frame(Kind.PREDICTIONS, payload))\n"
    )
    outcome = run(folder)
    assert outcome.verdict.name == "invalid-output"
    assert not mark.exists()
