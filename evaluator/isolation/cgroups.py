"""Layer L3: a control group for the child; the kernel keeps limits and sums for all in it.

Version 2 where a place for groups is ours: as root, in a delegated scope, or in a scope that
`systemd-run` makes. Version 1, alone or beside version 2, as root.

`find` looks for such a place by making a group in it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .linux import TASKS_PER_PROCESS

Place = dict[str, str]
"""Folders in which groups can be made, by controller; `kill` for version 2's way to end them."""

_SCOPE = ("--scope", "--quiet", "--collect", "--property=Delegate=yes", "--")

_VERSION_1 = ("memory", "pids", "cpuacct")


def find() -> Place | None:
    """Return where groups with a memory limit can be made, or None; shown by making one."""
    for place in _places():
        with suppress(OSError), _tried(place):
            return place
    return None


def scope() -> list[str]:
    """Return what to put before a command to run it in a scope of its own, where groups can be."""
    user = [] if os.getuid() == 0 else ["--user"]
    return ["systemd-run", *user, *_SCOPE]


def settle() -> None:
    """Make room for groups beside this process, where it is alone in a scope of its own.

    A group of version 2 that limits others may have no processes itself.
    """
    own = _own()
    folder = own.get("")
    if folder is None or _members(folder) != [os.getpid()]:
        return
    with suppress(OSError):
        (folder / "subkit-supervisor").mkdir(exist_ok=True)
        (folder / "subkit-supervisor" / "cgroup.procs").write_text("0")
        (folder / "cgroup.subtree_control").write_text("+memory +pids")


def clear(name: str) -> None:
    """End and remove a group that somebody left behind."""
    for place in _places():
        folders = {Path(base) / name for base in place.values()}
        if any(folder.is_dir() for folder in folders):
            group = Group(place, name)
            group.kill()
            group.remove(1.0)


class Group:
    """One trial's group."""

    def __init__(self, place: Place, name: str) -> None:
        self._folders = {controller: Path(base) / name for controller, base in place.items()}
        self._version_2 = "cgroup2" in place

    def make(self, limits: Mapping[str, Any]) -> None:
        """Make it.

        limits: `memory` in bytes and `processes`, as in `limits.Limits`.
        """
        for folder in set(self._folders.values()):
            folder.mkdir(exist_ok=True)
        tasks = TASKS_PER_PROCESS * limits["processes"]
        if self._version_2:
            self._write("memory", "memory.max", limits["memory"])
            with suppress(OSError):  # no swap, or nobody counts it
                self._write("memory", "memory.swap.max", 0)
            with suppress(OSError):
                self._write("memory", "memory.oom.group", 1)
        else:
            self._write("memory", "memory.limit_in_bytes", limits["memory"])
            with suppress(OSError):
                self._write("memory", "memory.memsw.limit_in_bytes", limits["memory"])
        with suppress(OSError, KeyError):
            self._write("pids", "pids.max", tasks)

    @property
    def version(self) -> str:
        """The version that limits memory, for a person."""
        return "cgroup v2" if self._version_2 else "cgroup v1"

    def entrances(self) -> list[int]:
        """Return descriptors; who writes 0 to each is in the group, with all it will start."""
        files = {folder / "cgroup.procs" for folder in self._folders.values()}
        return [os.open(file, os.O_WRONLY | os.O_CLOEXEC) for file in sorted(files)]

    def cpu_time(self) -> float | None:
        """Return the CPU seconds of all that were ever in it."""
        with suppress(OSError, KeyError, ValueError):
            if "cpuacct" in self._folders:
                return int(self._read("cpuacct", "cpuacct.usage")) / 1e9
            return _table(self._read("kill", "cpu.stat"))["usage_usec"] / 1e6
        return None

    def memory(self) -> int | None:
        """Return the bytes that its processes hold, shared memory included, without file caches."""
        with suppress(OSError, KeyError, ValueError):
            table = _table(self._read("memory", "memory.stat"))
            if self._version_2:
                return table["anon"] + table["shmem"]
            return table["total_rss"] + table.get("total_shmem", 0)
        return None

    def was_out_of_memory(self) -> bool:
        """Whether the kernel had to end a process for want of memory."""
        name = "memory.events" if self._version_2 else "memory.oom_control"
        with suppress(OSError, ValueError):
            return _table(self._read("memory", name)).get("oom_kill", 0) > 0
        return False

    def kill(self) -> None:
        """End everybody in it."""
        with suppress(OSError, KeyError):
            self._write("kill", "cgroup.kill", 1)
        for pid in self.members():
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def members(self) -> set[int]:
        """Return who is in it."""
        found: set[int] = set()
        for folder in set(self._folders.values()):
            found.update(_members(folder))
        return found

    def remove(self, patience: float) -> bool:
        """Remove it, once everybody has left; for at most `patience` seconds."""
        end = time.monotonic() + patience
        left = set(self._folders.values())
        while left:
            for folder in list(left):
                with suppress(OSError):
                    folder.rmdir()
                if not folder.exists():
                    left.remove(folder)
            if time.monotonic() > end:
                break
            if left:
                time.sleep(0.005)
        return not left

    def _read(self, controller: str, name: str) -> str:
        return (self._folders[controller] / name).read_text()

    def _write(self, controller: str, name: str, value: int) -> None:
        (self._folders[controller] / name).write_text(str(value))


@contextmanager
def _tried(place: Place) -> Iterator[None]:
    group = Group(place, f"subkit-try-{os.getpid()}")
    group.make({"memory": 1 << 30, "processes": 1})
    group.remove(1.0)
    yield


def _places() -> Iterator[Place]:
    own = _own()
    unified = own.get("")
    if unified is not None:
        for folder in (unified, unified.parent):
            enabled = _words(folder / "cgroup.subtree_control")
            if {"memory", "pids"} <= enabled:
                yield dict.fromkeys(("cgroup2", "memory", "pids", "kill"), str(folder))
    if "memory" in own:
        place = {name: str(own[name]) for name in _VERSION_1 if name in own}
        if unified is not None:
            place["kill"] = str(unified)
        yield place


def _own() -> dict[str, Path]:
    """Return this process's own groups: by controller, and version 2's under no name."""
    mounts: dict[str, Path] = {}
    found = {}
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, point, kind, options, *_ = line.split(" ")
            if kind == "cgroup2":
                mounts.setdefault("", Path(point))
            elif kind == "cgroup":
                mounts |= {option: Path(point) for option in options.split(",")}
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            for controller in controllers.split(","):
                if controller in mounts:
                    found[controller] = mounts[controller] / path.lstrip("/")
    return found


def _members(folder: Path) -> list[int]:
    with suppress(OSError):
        return [int(word) for word in (folder / "cgroup.procs").read_text().split()]
    return []


def _words(file: Path) -> set[str]:
    with suppress(OSError):
        return set(file.read_text().split())
    return set()


def _table(text: str) -> dict[str, int]:
    return {key: int(value) for key, value in (line.split() for line in text.splitlines())}
