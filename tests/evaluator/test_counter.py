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
from contextlib import contextmanager
from pathlib import Path

import psutil

from evaluator.instances import Instance
from evaluator.log import LOG_HEAD, LOG_TAIL
from evaluator.trial import Outcome
from tests.conftest import SUBMISSIONS, is_running

LOAD = "import sys; sys.path.insert(0, {folder!r}); import submission; "


@contextmanager
def naive(folder: Path, call: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a submission's code in a plain child process, and end it whatever happens."""
    code = LOAD.format(folder=str(folder)) + call
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
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
