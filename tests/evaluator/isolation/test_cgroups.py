"""Control groups, where this machine lets us make them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from evaluator.isolation import cgroups

LIMITS = {"memory": 200_000_000, "processes": 4}


@pytest.fixture
def group() -> Iterator[cgroups.Group]:
    place = cgroups.find()
    if place is None:
        pytest.skip("no control group can be made here")
    made = cgroups.Group(place, "subkit-test")
    made.make(LIMITS)
    yield made
    made.kill()
    assert made.remove(2.0)


def start(group: cgroups.Group, code: str) -> subprocess.Popen[bytes]:
    enter = "".join(
        f"open({str(folder / 'cgroup.procs')!r}, 'w').write('0');"
        for folder in set(group._folders.values())
    )
    return subprocess.Popen([sys.executable, "-c", f"{enter}\n{code}"], stdout=subprocess.PIPE)


def test_cpu_time_of_those_that_nobody_waits_for(group: cgroups.Group) -> None:
    burn = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "for _ in range(5):\n"
        "    if os.fork() == 0:\n"
        "        end = time.process_time() + 0.1\n"
        "        while time.process_time() < end: pass\n"
        "        os._exit(0)\n"
        "time.sleep(1.5)"
    )
    child = start(group, burn)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    assert usage.ru_utime + usage.ru_stime < 0.4  # the usual way to ask misses them
    assert 0.5 <= (group.cpu_time() or 0) < 1.0


def test_memory_is_limited_for_all_together(group: cgroups.Group) -> None:
    hog = (
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        kept = bytearray(os.urandom(90_000_000)); time.sleep(20)\n"
        "time.sleep(20)"
    )
    start(group, hog)
    end = time.monotonic() + 10
    while not group.was_out_of_memory() and time.monotonic() < end:
        assert (group.memory() or 0) <= LIMITS["memory"]
        time.sleep(0.02)
    assert group.was_out_of_memory()


def test_a_daemon_ends_with_its_group(group: cgroups.Group) -> None:
    daemon = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        print(os.getpid(), flush=True); time.sleep(60)\n"
    )
    child = start(group, daemon)
    assert child.stdout is not None
    pid = int(child.stdout.readline())
    child.wait()
    assert pid in group.members()
    group.kill()
    assert group.remove(2.0)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_one_that_was_left_behind_is_cleared(group: cgroups.Group) -> None:
    child = start(group, "import time; print('up', flush=True); time.sleep(60)")
    assert child.stdout is not None
    child.stdout.readline()
    cgroups.clear("subkit-test")
    assert child.wait(5) < 0
    assert not any(folder.exists() for folder in group._folders.values())
    cgroups.clear("subkit-test")  # there is none any more


def test_where_groups_are_mounted_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a desktop: version 2 alone."""
    files = {
        "/proc/self/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\nproc /proc proc rw 0 0\n",
        "/proc/self/cgroup": "0::/user.slice/app.slice/term.scope\n",
    }
    monkeypatch.setattr(Path, "read_text", lambda self: files[str(self)])
    own = {"": Path("/sys/fs/cgroup/user.slice/app.slice/term.scope")}
    assert cgroups._own() == own
