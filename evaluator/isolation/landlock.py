"""Landlock: a process gives up, for itself and all it starts, every file but those named.

Since Linux 5.13, without privileges. Each later version of the interface (ABI) can take away more:

    2  renaming across folders        5  ioctl on devices
    3  truncating                     6  signals and abstract sockets beyond the sandbox
    4  TCP (left to `seccomp`, which denies every network)

What no version so far takes away: looking at a file's metadata, changing it where the user may
(`seccomp` pretends to), and connecting to a named Unix socket that the user may connect to.
"""

from __future__ import annotations

import contextlib
import os
import stat
import struct
from collections.abc import Iterable

from .linux import libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, of the same numbers on every architecture."""

_VERSION = 1  # flag of CREATE_RULESET: return the ABI
_PATH_BENEATH = 1  # type of a rule

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
IOCTL_DEV = 1 << 15
_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: IOCTL_DEV}
"""The rights over files that each ABI adds."""

_OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | IOCTL_DEV
"""The rights that a rule for a file, not a folder, may name."""

SINCE_SCOPES = 6
"""The ABI that keeps signals and abstract Unix sockets within the sandbox."""
_SCOPES = 0b11

READ = EXECUTE | READ_FILE | READ_DIR
LIST = READ_DIR


def abi() -> int:
    """Return the version of the interface; 0 where the kernel has none or it is switched off."""
    return max(0, _syscall(CREATE_RULESET, None, 0, _VERSION))


def rights(version: int) -> int:
    """Return all the rights over files that a version knows."""
    return sum(right for since, right in _RIGHTS.items() if since <= version)


def ruleset(rules: Iterable[tuple[str, int]]) -> int:
    """Return the descriptor of a ruleset: paths, and the rights over each and all beneath it.

    A path that does not exist is passed over.

    Raises:
        OSError: the kernel has no Landlock.
    """
    version = abi()
    handled = rights(version)
    attributes = struct.pack("<QQQ", handled, 0, _SCOPES)
    size = 24 if version >= SINCE_SCOPES else 8
    descriptor = _syscall(CREATE_RULESET, attributes, size, 0)
    if descriptor < 0:
        raise OSError("the kernel has no Landlock")
    for path, allowed in rules:
        with contextlib.suppress(OSError):
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                if not stat.S_ISDIR(os.fstat(beneath).st_mode):
                    allowed &= _OF_A_FILE
                rule = struct.pack("<Qi", allowed & handled, beneath)
                _syscall(ADD_RULE, descriptor, _PATH_BENEATH, rule, 0)
            finally:
                os.close(beneath)
    return descriptor


def restrict(descriptor: int) -> bool:
    """Put this process, and all it will start, under a ruleset; needs NO_NEW_PRIVS."""
    return _syscall(RESTRICT_SELF, descriptor, 0) == 0


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    import ctypes

    longs = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result: int = libc().syscall(ctypes.c_long(number), *longs)
    return result
