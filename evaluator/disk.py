"""The disk: how much a trial's private folders hold, and their removal, whatever lies in them."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import stat
from collections.abc import Iterator
from typing import NamedTuple


class Usage(NamedTuple):
    """Bytes on disk, and the number of files and folders."""

    size: int = 0
    files: int = 0


def usage(folder: str, most: int) -> Usage:
    """Measure a folder; stop at `most` files, so that many of them cannot hold up the looker.

    A folder that its owner closed is opened again: what is hidden in it takes place all the same.
    """
    size = count = 0
    pending = [os.fsencode(folder)]
    while pending and count <= most:
        for entry in _entries(pending.pop()):
            count += 1
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                size += status.st_blocks * 512
                if stat.S_ISDIR(status.st_mode):
                    pending.append(entry.path)
            if count > most:
                break
    return Usage(size, count)


def free_space(folder: str) -> int | None:
    """Return the bytes that are free where a folder is; None where that cannot be told."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free
    return None


def remove(folder: str) -> bool:
    """Remove a folder and all in it; return whether it is gone.

    Also where rights were taken away, or folders are nested deeper than a path can be long, or
    than Python recurses: then what lies in the folders within is first moved up.

    Rights are given to folders within it alone: what a link leads to, and what it lies in itself,
    are others'.
    """
    if os.path.islink(folder):  # noqa: PTH114
        return False
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    top = os.fsencode(folder)
    names = (b"moved-%d" % number for number in itertools.count())
    while within := _empty(top):
        if not sum(_moved(entry, top, names) for inner in within for entry in _entries(inner)):
            break
    with contextlib.suppress(OSError):
        os.rmdir(top)  # noqa: PTH106
    return not os.path.lexists(top)


def _moved(entry: os.DirEntry[bytes], top: bytes, names: Iterator[bytes]) -> bool:
    with contextlib.suppress(OSError):
        if entry.is_dir(follow_symlinks=False):  # to move a folder is to write into it
            os.chmod(entry.path, 0o700)  # noqa: PTH101
    for name in itertools.islice(names, 10):  # some may be taken
        with contextlib.suppress(OSError):
            os.rename(entry.path, os.path.join(top, name))  # noqa: PTH104, PTH118
            return True
    return False


def _empty(folder: bytes) -> list[bytes]:
    """Remove what can be removed; return the folders within that hold something."""
    stubborn = []
    for entry in _entries(folder):
        with contextlib.suppress(OSError):
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)  # noqa: PTH108
                continue
            with contextlib.suppress(OSError):
                os.chmod(entry.path, 0o700)  # noqa: PTH101
            try:
                os.rmdir(entry.path)  # noqa: PTH106
            except OSError:
                if _entries(entry.path):
                    stubborn.append(entry.path)
    return stubborn


def _entries(folder: bytes) -> list[os.DirEntry[bytes]]:
    with contextlib.suppress(OSError):
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except PermissionError:
            _open_up(folder)
            with os.scandir(folder) as entries:
                return list(entries)
    return []


def _open_up(folder: bytes) -> None:
    """Give its owner the right to a folder, but not to what a link in its place leads to."""
    if not hasattr(os, "O_NOFOLLOW"):
        return
    flags = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW
    descriptor = os.open(folder, flags)
    try:
        os.chmod(f"/proc/self/fd/{descriptor}", 0o700)  # noqa: PTH101 - O_PATH allows no fchmod
    finally:
        os.close(descriptor)
