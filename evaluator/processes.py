"""The process tree of one trial: who is in it, what it uses, and its end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import psutil

from .accelerators import COMPUTE_NODE

PSS_ABOVE = 0.7
"""Share of the memory limit above which shared pages are counted once, at a higher cost."""


@dataclass(frozen=True)
class Sample:
    """The tree at one moment: bytes, CPU seconds of the living, processes, compute devices.

    unlinked: bytes on disk of open files that have no name any more.
    """

    memory: int
    cpu_time: float
    processes: int
    devices: tuple[str, ...]
    unlinked: int = 0


class Tree:
    """All descendants of a process, itself left out.

    Where the root adopts orphans (`isolation.linux.adopt_orphans`) this is everybody. Elsewhere a
    daemon that let go of its parent is known only if some look saw it before.

    folder: where its files are on disk; open files without a name elsewhere are in memory.
    """

    def __init__(self, root: int, memory_limit: int, folder: str = "/") -> None:
        self._root = psutil.Process(root)
        self._pss_above = PSS_ABOVE * memory_limit
        self._disk = os.stat(folder).st_dev  # noqa: PTH116
        self._seen: dict[int, psutil.Process] = {}

    @property
    def sees_devices(self) -> bool:
        """Whether this system tells which files a process has open."""
        return Path("/proc/self/fd").exists()

    def members(self) -> list[psutil.Process]:
        """Return who is in the tree now."""
        pids = _descendants(self._root)
        for pid in pids - self._seen.keys():
            with contextlib.suppress(psutil.Error):
                self._seen[pid] = psutil.Process(pid)
        for pid in self._seen.keys() - pids:
            if not self._seen[pid].is_running():
                del self._seen[pid]
        return list(self._seen.values())

    def sample(self, shared: int = 0) -> Sample:
        """Measure the tree now.

        shared: bytes of the tree's files in /dev/shm, mapped or not.
        """
        memory, cpu_time, count = 0, 0.0, 0
        devices: set[str] = set()
        unlinked: dict[tuple[int, int], int] = {}
        members = self.members()
        for process in members:
            with contextlib.suppress(psutil.Error, OSError), process.oneshot():
                times = process.cpu_times()
                cpu_time += times.user + times.system
                cpu_time += times.children_user + times.children_system
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                memory += process.memory_info().rss
                _look_at_open_files(process.pid, devices, unlinked)
                count += 1
        on_disk = sum(size for (device, _), size in unlinked.items() if device == self._disk)
        shared += sum(unlinked.values()) - on_disk
        memory += shared
        if (count > 1 or shared) and memory > self._pss_above:
            parts = [_proportional_memory(process) for process in members]
            mapped = sum(of_files for _, of_files in parts)
            memory = sum(whole for whole, _ in parts) + max(0, shared - mapped)
        return Sample(memory, cpu_time, count, tuple(sorted(devices)), on_disk)

    def kill(self, patience: float, also: Callable[[], None] = lambda: None) -> int:
        """Kill everybody until nobody is left, for at most `patience` seconds; return who is.

        also: another way to kill them, tried each time.
        """
        end = time.monotonic() + patience
        while True:
            also()
            living = [process for process in self.members() if _is_alive(process)]
            if not living or time.monotonic() > end:
                return len(living)
            for process in living:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL) if os.name == "posix" else process.kill()
            time.sleep(0.002)


def strays(spared: Collection[int]) -> list[psutil.Process]:
    """Return this process's descendants that run in another session, but those spared.

    What a supervisor leaves behind when it is killed: it, and all below it, left our session.
    """
    session = os.getsid(0) if hasattr(os, "getsid") else None
    found = []
    for pid in _descendants(psutil.Process()) - set(spared):
        with contextlib.suppress(OSError, psutil.Error):
            if session is not None and os.getsid(pid) != session:
                found.append(psutil.Process(pid))
    return found


def end_strays(spared: Collection[int], patience: float) -> None:
    """Kill and reap `strays` until there are none, for at most `patience` seconds."""
    end = time.monotonic() + patience
    while (found := strays(spared)) and time.monotonic() < end:
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=0.1)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _descendants(root: psutil.Process) -> set[int]:
    """Return the pids below the root.

    The kernel's own lists cost a look at each member; psutil's cost one at every process there is.
    """
    if not _HAS_CHILDREN_LISTS:
        return {child.pid for child in root.children(recursive=True)}
    found: set[int] = set()
    pending = [root.pid]
    while pending:
        task = f"/proc/{pending.pop()}/task"
        with contextlib.suppress(OSError):
            for thread in os.listdir(task):  # noqa: PTH208 - in every sample
                with contextlib.suppress(OSError), open(f"{task}/{thread}/children") as file:  # noqa: PTH123
                    children = set(map(int, file.read().split())) - found
                found |= children
                pending += children
    return found


_HAS_CHILDREN_LISTS = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists()


def _proportional_memory(process: psutil.Process) -> tuple[int, int]:
    """Return bytes of memory, and of these of shared memory; what several share is divided."""
    found = {"Pss:": 0, "Pss_Shmem:": 0}
    try:
        with open(f"/proc/{process.pid}/smaps_rollup") as file:  # noqa: PTH123
            for line in file:
                name, number, *_ = line.split()
                if name in found:
                    found[name] = int(number) * 1024
        return found["Pss:"], found["Pss_Shmem:"]
    except (OSError, ValueError):
        try:
            return int(process.memory_info().rss), 0
        except psutil.Error:
            return 0, 0


def _look_at_open_files(pid: int, devices: set[str], unlinked: dict[tuple[int, int], int]) -> None:
    """Note compute devices, and what files hold that are open but have no name."""
    folder = f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208
            with contextlib.suppress(OSError):
                target = os.readlink(f"{folder}/{name}")  # noqa: PTH115
                if COMPUTE_NODE.fullmatch(target):
                    devices.add(target)
                elif target.endswith(" (deleted)"):
                    status = os.stat(f"{folder}/{name}")  # noqa: PTH116
                    unlinked[status.st_dev, status.st_ino] = status.st_blocks * 512
