"""Layer L1: what an unprivileged process on Linux can ask of the kernel.

Each function does nothing and says so (False, or no entry) where the kernel does not offer it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_GET_CHILD_SUBREAPER = 37
_PR_SET_NO_NEW_PRIVS = 38

MAX_OPEN_FILES = 4096


def adopt_orphans() -> bool:
    """Make this process the parent of every descendant that loses its own, daemons included."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, 1) == 0


def hide_memory() -> bool:
    """Keep processes of the same user from this one's memory, environment and descriptors.

    Root's processes read them all the same.
    """
    return _prctl(_PR_SET_DUMPABLE, 0) == 0


@contextmanager
def guarded() -> Iterator[None]:
    """For a while, hide this process's memory and adopt its orphans; then leave it as it was."""
    dumpable = _prctl(_PR_GET_DUMPABLE)
    adopting = _is_adopting()
    hide_memory()
    adopt_orphans()
    try:
        yield
    finally:
        _prctl(_PR_SET_DUMPABLE, dumpable if dumpable == 1 else 0)
        _prctl(_PR_SET_CHILD_SUBREAPER, int(adopting))


def restrictions(limits: Mapping[str, Any]) -> tuple[Callable[[], None] | None, dict[str, str]]:
    """Return what to call in the child before it becomes the new program, and what that enforces.

    The child dies with its supervisor, gains no privileges, and has resource limits. RLIMIT_DATA
    stands at twice the memory limit: it holds for each process alone and counts what is reserved
    as well as what is used, so it may only stop what the samples are too slow for.
    """
    if sys.platform != "linux":
        return None, {}
    import resource

    wanted = {
        "data": (resource.RLIMIT_DATA, 2 * limits["memory"]),
        "file_size": (resource.RLIMIT_FSIZE, limits["file_size"]),
        "core": (resource.RLIMIT_CORE, 0),
        "open_files": (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
    }
    values = {}
    for name, (which, value) in wanted.items():
        hard = resource.getrlimit(which)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        values[name] = (which, (bound, bound))
    _libc()  # loaded here: nothing may be imported between fork and exec
    supervisor = os.getpid()

    def restrict() -> None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it died before the kernel was asked
            os._exit(1)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        for which, bounds in values.values():
            resource.setrlimit(which, bounds)

    return restrict, dict.fromkeys(values, "kernel, rlimit")


def _is_adopting() -> bool:
    if sys.platform != "linux":
        return False
    import ctypes

    answer = ctypes.c_int(0)
    _libc().prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(answer), 0, 0, 0)
    return bool(answer.value)


def _prctl(option: int, value: int = 0) -> int:
    if sys.platform != "linux":
        return -1
    result: int = _libc().prctl(option, value, 0, 0, 0)
    return result


@cache
def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)
