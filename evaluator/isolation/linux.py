"""Layer L1: what an unprivileged process on Linux can ask of the kernel for its children.

Each function does nothing and says so (False, or no entry) where the kernel does not offer it.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

PR_SET_PDEATHSIG = 1
_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4
_PR_SET_NAME = 15
_PR_CAPBSET_DROP = 24
_PR_SET_SECUREBITS = 28
_PR_SET_CHILD_SUBREAPER = 36
_PR_GET_CHILD_SUBREAPER = 37
PR_SET_NO_NEW_PRIVS = 38

_NOROOT_AND_LOCKED = 0b101111
"""Secure bits: being user 0 gives no capabilities, now or later."""
_CAPABILITIES_VERSION = 0x20080522

MAX_OPEN_FILES = 4096

TASKS_PER_PROCESS = 8
"""The kernel counts threads where a track counts processes; it only stops a burst."""

UNUSED_USERS = range(60_100, 64_900)
"""Where users are looked for that nobody is: above those of people, below those of systemd."""


def adopt_orphans() -> bool:
    """Make this process the parent of every descendant that loses its own, daemons included."""
    return prctl(_PR_SET_CHILD_SUBREAPER, 1) == 0


def name_process(name: str) -> None:
    """Give this process a name of up to 15 bytes, for everybody to see."""
    if sys.platform == "linux":
        libc().prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def hide_memory() -> bool:
    """Keep processes of the same user from this one's memory, environment and descriptors.

    Those with root's capabilities read them all the same.
    """
    return prctl(_PR_SET_DUMPABLE, 0) == 0


@contextmanager
def guarded() -> Iterator[None]:
    """For a while, hide this process's memory and adopt its orphans; then leave it as it was."""
    dumpable = prctl(_PR_GET_DUMPABLE)
    adopting = _is_adopting()
    hide_memory()
    adopt_orphans()
    try:
        yield
    finally:
        prctl(_PR_SET_DUMPABLE, dumpable if dumpable == 1 else 0)
        prctl(_PR_SET_CHILD_SUBREAPER, int(adopting))


def resource_limits(limits: Mapping[str, Any], user: int) -> dict[str, tuple[int, int]]:
    """Return the kernel's limits for a process of that user: by name, which and how much.

    RLIMIT_DATA stands at twice the memory limit: it holds for each process alone and counts what
    is reserved as well as what is used, so it may only stop what the samples are too slow for.
    RLIMIT_NPROC counts all of the user's threads on this machine, and root's not at all.
    """
    import resource

    wanted = {
        "data": (resource.RLIMIT_DATA, 2 * limits["memory"]),
        "file_size": (resource.RLIMIT_FSIZE, limits["file_size"]),
        "core": (resource.RLIMIT_CORE, 0),
        "open_files": (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
    }
    if user:
        tasks = tasks_of(user) + TASKS_PER_PROCESS * limits["processes"]
        wanted["tasks"] = (resource.RLIMIT_NPROC, tasks)
    values = {}
    for name, (which, value) in wanted.items():
        hard = resource.getrlimit(which)[1]
        values[name] = (which, value if hard == resource.RLIM_INFINITY else min(value, hard))
    return values


def set_limit(which: int, value: int) -> None:
    """Set a kernel's limit of this process, for good."""
    import resource

    resource.setrlimit(which, (value, value))


def tasks_of(user: int) -> int:
    """Count the threads of a user."""
    count = 0
    for name in os.listdir("/proc"):  # noqa: PTH208 - hundreds of them
        if name.isdigit():
            with suppress(OSError):
                status = os.stat(f"/proc/{name}/task")  # noqa: PTH116
                count += (status.st_nlink - 2) * (status.st_uid == user)
    return count


def unused_user() -> int | None:
    """Return the number of a user that has no name and no process; None where there is none."""
    import pwd

    for user in random.sample(UNUSED_USERS, 20):  # two evaluators should not meet
        try:
            pwd.getpwuid(user)
        except KeyError:
            if not tasks_of(user):
                return user
    return None


def become(user: int) -> None:
    """Become another user, for good, as root."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def give_up_capabilities() -> bool:
    """Keep the user, but nothing of root's power; return whether that is so now.

    Root's files stay open to it: those that root owns, as to any user their own.
    """
    import ctypes

    prctl(_PR_SET_SECUREBITS, _NOROOT_AND_LOCKED)
    for capability in range(64):
        if prctl(_PR_CAPBSET_DROP, capability) != 0:
            break
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    return bool(libc().capset(header, nothing) == 0)


def pin(cores: Sequence[int]) -> None:
    """Keep this process on some cores, until it chooses others."""
    with suppress(OSError):
        os.sched_setaffinity(0, cores)


def prctl(option: int, value: int = 0) -> int:
    """Ask the kernel something about this process; -1 where it does not know the question."""
    if sys.platform != "linux":
        return -1
    result: int = libc().prctl(option, value, 0, 0, 0)
    return result


@cache
def libc() -> Any:
    """Return the C library."""
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _is_adopting() -> bool:
    if sys.platform != "linux":
        return False
    import ctypes

    answer = ctypes.c_int(0)
    libc().prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(answer), 0, 0, 0)
    return bool(answer.value)
