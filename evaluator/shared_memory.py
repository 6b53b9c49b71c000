"""/dev/shm: memory that no process has mapped, and that outlives them all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

FOLDER = "/dev/shm"


class SharedMemory:
    """What one trial keeps in /dev/shm.

    Its files are those that came since the start and belong to its user: exactly its own where
    that user is nobody else, else those of whatever the user runs meanwhile too.

    user: whom its processes run as, if not as this one's user.
    """

    def __init__(self, user: int | None) -> None:
        self._user = user
        self._before = {entry.name for entry in _entries()}

    def size(self) -> int:
        """Return the bytes of the trial's files."""
        total = 0
        for entry in self._new():
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                total += status.st_blocks * 512
        return total

    def empty(self) -> None:
        """Remove the trial's files, but none that another process has open or mapped."""
        new = self._new()
        in_use = _in_use() if new else set()
        for entry in new:
            if entry.path not in in_use:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path)
                    else:
                        os.unlink(entry.path)  # noqa: PTH108

    def _new(self) -> list[os.DirEntry[str]]:
        found = []
        for entry in _entries():
            if entry.name not in self._before:
                with contextlib.suppress(OSError):
                    user = os.getuid() if self._user is None else self._user
                    if entry.stat(follow_symlinks=False).st_uid == user:
                        found.append(entry)
        return found


def size_inside(pids: Iterable[int]) -> int:
    """Return the bytes in the /dev/shm that processes have for themselves, in their own mounts."""
    with contextlib.suppress(OSError):
        ours = os.stat(FOLDER).st_dev  # noqa: PTH116
        for pid in pids:
            folder = f"/proc/{pid}/root{FOLDER}"
            with contextlib.suppress(OSError):
                if os.stat(folder).st_dev != ours:  # noqa: PTH116
                    space = os.statvfs(folder)
                    return (space.f_blocks - space.f_bfree) * space.f_frsize
    return 0


def _entries() -> list[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(FOLDER) as entries:
        return list(entries)
    return []


def _in_use() -> set[str]:
    """Return the files below /dev/shm that any process that we may look at has mapped or open."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for line in (process / "maps").read_text(errors="surrogateescape").splitlines():
                if FOLDER in line:
                    found.add(line.split(maxsplit=5)[5].removesuffix(" (deleted)"))
        with contextlib.suppress(OSError):
            for link in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    found.add(os.readlink(link))  # noqa: PTH115
    return found
