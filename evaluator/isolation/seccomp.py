"""A seccomp filter: which system calls a submission is refused, or only made to believe in.

The filter is written out here, for two architectures: a library for it would be one more thing to
install where the kernel needs a few hundred bytes. It stays on whatever the process starts.

- Networks: `socket` opens Unix sockets alone. Where the sandbox has a network of its own, which
  leads nowhere, the usual families are allowed in it.
- Ways around a sandbox, or out of one trial into the next: io_uring, key rings, BPF, performance
  events, user namespaces; another process's memory, as bubblewrap's first process has no filter.
- Where the sandbox shares the system's objects: System V memory, semaphores and queues, which
  outlive their process; limits and priorities of other processes of the same user.
- Pretended: the choice of cores, so that a process stays where the harness pinned it; and, where
  files are shared, owners, modes and dates, which Landlock leaves open. Honest programs set them
  in passing, when they copy a file, and must not fail over it.
- Another architecture's system calls end the process: their numbers mean something else.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
from collections.abc import Callable

from .linux import libc

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16  # offsets in the kernel's struct seccomp_data
_X32 = 0x40000000

_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16

_CLONE_NEWUSER = 0x10000000

_SET_SECCOMP, _MODE_FILTER = 22, 2

ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""The kernel's word for each, and its column below."""

NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "clone": (56, 220),
    "clone3": (435, 435),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "setpriority": (141, 140),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
    "ioprio_set": (251, 30),
    "prlimit64": (302, 261),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "setns": (308, 268),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
"""System calls by name: their numbers on x86_64 and aarch64."""

_REFUSED = (
    *("add_key", "request_key", "keyctl"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("bpf", "perf_event_open", "userfaultfd", "unshare", "setns"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd"),
)
_REFUSED_WHERE_SHARED = (
    *("shmget", "semget", "msgget", "mq_open"),
    *("setxattr", "lsetxattr", "fsetxattr", "setxattrat"),
    *("removexattr", "lremovexattr", "fremovexattr", "removexattrat"),
)
_PRETENDED = ("sched_setaffinity",)
_PRETENDED_WHERE_SHARED = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2"),
    *("chown", "lchown", "fchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat"),
    *("setpriority", "sched_setparam", "sched_setscheduler", "sched_setattr", "ioprio_set"),
)


def offered() -> bool:
    """Whether there is a filter for this machine."""
    return platform.system() == "Linux" and platform.machine() in ARCHITECTURES


def program(own_namespaces: bool) -> bytes:
    """Return the filter, as an array of the kernel's struct sock_filter.

    own_namespaces: the process has its own network, IPC objects, processes and mounts.
    """
    architecture, column = ARCHITECTURES[platform.machine()]
    lines = [_line(_LOAD, _ARCHITECTURE), *_unless(architecture, _KILL), _line(_LOAD, _NUMBER)]
    if platform.machine() == "x86_64":
        lines += [_line(_AT_LEAST, _X32, 0, 1), _line(_RETURN, _KILL)]
    shared = not own_namespaces
    for names, error in (
        (_REFUSED + _REFUSED_WHERE_SHARED * shared, errno.EPERM),
        (_PRETENDED + _PRETENDED_WHERE_SHARED * shared, 0),
    ):
        for name in names:
            if NUMBERS[name][column] is not None:
                lines += _answer(name, column, error)
    if shared:
        lines += _only("prlimit64", column, [0], errno.EPERM)  # 0: the process itself
    # Its flags lie in memory, where no filter sees them; C libraries then use `clone`.
    lines += _answer("clone3", column, errno.ENOSYS)
    lines += [
        _line(_EQUAL, _number("clone", column), 0, 4),
        _line(_LOAD, _ARGUMENT),
        _line(_ANY_BIT, _CLONE_NEWUSER, 0, 1),
        _line(_RETURN, _ERRNO | errno.EPERM),
        _line(_RETURN, _ALLOW),
    ]
    families = [_AF_UNIX] if shared else [_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK]
    lines += _only("socket", column, families, errno.EACCES)
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def installer(filter_: bytes) -> Callable[[], bool]:
    """Return what puts a process, and all it will start, under a filter; needs NO_NEW_PRIVS.

    It is prepared here because little should be done between fork and exec.
    """
    import ctypes

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))

    whole = Program(len(filter_) // 8, filter_)
    at = ctypes.byref(whole)
    return lambda: libc().prctl(_SET_SECCOMP, _MODE_FILTER, at, 0, 0) == 0


def in_a_file(filter_: bytes) -> int:
    """Return a descriptor from which another program can read the filter."""
    descriptor = os.memfd_create("filter", 0)
    os.write(descriptor, filter_)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _unless(value: int, action: int) -> list[bytes]:
    return [_line(_EQUAL, value, 1, 0), _line(_RETURN, action)]


def _answer(name: str, column: int, error: int) -> list[bytes]:
    """Answer a call without making it."""
    return [_line(_EQUAL, _number(name, column), 0, 1), _line(_RETURN, _ERRNO | error)]


def _only(name: str, column: int, first_arguments: list[int], error: int) -> list[bytes]:
    """Allow a call with these first arguments alone."""
    count = len(first_arguments)
    tests = [_line(_EQUAL, value, count - i, 0) for i, value in enumerate(first_arguments)]
    inner = [_line(_LOAD, _ARGUMENT), *tests]
    inner += [_line(_RETURN, _ERRNO | error), _line(_RETURN, _ALLOW)]
    return [_line(_EQUAL, _number(name, column), 0, len(inner)), *inner]


def _number(name: str, column: int) -> int:
    number = NUMBERS[name][column]
    assert number is not None
    return number
