"""Opens the harness's own code for writing, and more; leaves everything as it was.

Calls that only pretend to have worked do not count: it looks whether something has changed.
"""

import ctypes
import os
import stat
from pathlib import Path

import numpy
import submission_kit.child

OURS = Path(submission_kit.child.__file__)
CACHE = Path(submission_kit.child.__cached__)


def write(path):
    open(path, "ab").close()


def make(folder):
    path = Path(folder, "subkit_was_here.py")
    path.touch(exist_ok=False)
    path.unlink()


def replace(path):
    os.rename(path, f"{path}.moved")
    os.rename(f"{path}.moved", path)


def change_mode(path):
    mode = stat.S_IMODE(os.stat(path).st_mode)
    os.chmod(path, mode ^ 0o001)
    assert stat.S_IMODE(os.stat(path).st_mode) != mode
    os.chmod(path, mode)


def change_mode_by_number(path):
    """By a system call that came late: fchmodat2."""
    mode = stat.S_IMODE(os.stat(path).st_mode)
    call, here = ctypes.CDLL(None).syscall, -100
    call(452, here, os.fsencode(path), mode ^ 0o001, 0)
    assert stat.S_IMODE(os.stat(path).st_mode) != mode
    call(452, here, os.fsencode(path), mode, 0)


def mark(path):
    os.setxattr(path, "user.subkit", b"x")
    os.removexattr(path, "user.subkit")


def train(images, labels):
    ways = {
        "code": lambda: write(OURS),
        "compiled": lambda: write(CACHE),
        "beside": lambda: make(OURS.parent),
        "replaced": lambda: replace(OURS),
        "mode": lambda: change_mode(OURS),
        "fchmodat2": lambda: change_mode_by_number(OURS),
        "xattr": lambda: mark(OURS),
        "library": lambda: write(numpy.__file__),
        "site-packages": lambda: make(Path(numpy.__file__).parents[1]),
        "kernel": lambda: open("/proc/sys/kernel/core_pattern", "r+").close(),
    }
    found = []
    for name, way in ways.items():
        try:
            way()
            found.append(name)
        except (OSError, AssertionError):
            continue
    if found:
        raise RuntimeError(f"found {' '.join(found)}.")
    return lambda images: [0] * len(images)
