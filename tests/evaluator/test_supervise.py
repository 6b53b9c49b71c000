"""The parts of the supervisor that can be looked at alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from evaluator import processes
from evaluator.accelerators import COMPUTE_NODE
from evaluator.log import LOG_HEAD, LOG_TAIL, Log
from evaluator.processes import Tree
from evaluator.supervise import OFF_CLOCK_SHARE, Clock, suspended


def test_the_clock_charges_all_but_checkpoints() -> None:
    clock = Clock(limit=100)
    assert clock.charged(5) == 0
    clock.started = 10
    assert clock.charged(15) == 5
    clock.pause(15)
    assert clock.paused
    assert clock.charged(25) == 5
    clock.resume(25)
    assert clock.charged(30) == 10
    clock.pause(30)
    assert clock.charged(1000) == 990 - OFF_CLOCK_SHARE * 100  # the rest of a long one is charged


def read_log(data: bytes) -> Log:
    reader, writer = os.pipe()
    log = Log()
    with os.fdopen(reader, "rb") as stream:
        thread = threading.Thread(target=log.read, args=(stream,))
        thread.start()
        with os.fdopen(writer, "wb") as sink:
            sink.write(data)
        thread.join()
    return log


@pytest.mark.parametrize("size", [0, 1, LOG_HEAD - 1, LOG_HEAD + 1, LOG_HEAD + LOG_TAIL])
def test_a_log_that_fits_is_whole(size: int) -> None:
    data = os.urandom(size)
    assert read_log(data).text() == data


def test_of_a_long_log_the_ends_are_kept() -> None:
    data = os.urandom(3_000_000)
    log = read_log(data)
    text = log.text()
    assert log.total == len(data)
    assert text.startswith(data[:LOG_HEAD])
    assert text.endswith(data[-LOG_TAIL:])
    assert f"{len(data) - LOG_HEAD - LOG_TAIL} bytes left out".encode() in text


@pytest.mark.parametrize(
    ("path", "computes"),
    [
        ("/dev/nvidia0", True),
        ("/dev/nvidia-uvm", True),
        ("/dev/kfd", True),
        ("/dev/dri/renderD128", True),
        ("/dev/accel/accel0", True),
        ("/dev/nvidiactl", False),  # torch.cuda.is_available() opens it to ask
        ("/dev/dri/card0", False),
        ("/dev/null", False),
        ("/home/dev/nvidia0", False),
    ],
)
def test_compute_devices(path: str, computes: bool) -> None:
    assert bool(COMPUTE_NODE.fullmatch(path)) is computes


def test_an_open_compute_device_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a pattern that fits an ordinary file: there is no device here to open."""
    import re

    node = tmp_path / "nvidia0"
    node.touch()
    monkeypatch.setattr(processes, "COMPUTE_NODE", re.compile(re.escape(str(node))))
    code = f"import time; file = open({str(node)!r}); print('open', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert Tree(os.getpid(), 10**9).sample().devices == (str(node),)
        child.kill()


@pytest.fixture
def family() -> subprocess.Popen[bytes]:
    """A child with two children of its own."""
    code = (
        "import subprocess, time, sys\n"
        "for _ in range(2): subprocess.Popen(['sleep', '60'])\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    return child


@pytest.mark.parametrize("lists", [True, False])
def test_a_tree_is_measured_and_ended(
    family: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, lists: bool
) -> None:
    """By the kernel's lists of children where it has them, and without."""
    monkeypatch.setattr(processes, "_HAS_CHILDREN_LISTS", lists and processes._HAS_CHILDREN_LISTS)
    tree = Tree(family.pid, 10**9)
    assert {process.name() for process in tree.members()} == {"sleep"}
    sample = tree.sample()
    assert sample.processes == 2
    assert 0 < sample.memory < 50_000_000
    assert tree.kill(2.0) == 0
    assert tree.sample().processes == 0
    family.kill()
    family.wait()


def test_shared_memory_is_counted_once_near_the_limit() -> None:
    code = (
        "import os, time\n"
        "kept = bytearray(os.urandom(80_000_000))\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0: time.sleep(60)\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        members = psutil.Process(child.pid).children()
        try:
            assert Tree(os.getpid(), 10**12).sample().memory > 250_000_000
            if Path("/proc/self/smaps_rollup").exists():
                assert Tree(os.getpid(), 10**8).sample().memory < 200_000_000
        finally:
            for process in [*members, child]:
                process.kill()


def test_killing_does_not_wait_for_ever() -> None:
    started = time.monotonic()
    assert Tree(os.getpid(), 10**9).kill(1.0) == 0
    assert time.monotonic() - started < 0.5


def test_a_machine_that_slept_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clock goes on in sleep and one does not; here they are set, as nothing here can sleep."""
    before = suspended()
    assert suspended() - before < 0.1
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return
    awake = time.clock_gettime

    def slept(clock: int) -> float:
        return awake(clock) + (3600 if clock == time.CLOCK_BOOTTIME else 0)

    monkeypatch.setattr(time, "clock_gettime", slept)
    assert suspended() - before == pytest.approx(3600, abs=0.1)
