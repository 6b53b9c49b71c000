"""Looks into every process of the harness that it can see; raises with all that it could do.

The first process of a sandbox is left out: it is inside too, and knows nothing.
"""

import ctypes
import os
import re
from pathlib import Path

SEIZE = 0x4206  # of ptrace: attach without stopping it

WORDS = re.compile(rb"evaluator|subkit|pytest")


def of_the_harness(victim):
    """Yield pids: the parent, and all who say in their command line that they belong to it.

    And one that hides nothing, as those of the harness do.
    """
    yield victim
    if os.getppid() != 1:
        yield os.getppid()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) not in (1, os.getpid()) and WORDS.search((folder / "cmdline").read_bytes()):
                yield int(folder.name)
        except OSError:
            continue


def memory(pid):
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        if " rw-p " in line:
            start, end = (int(word, 16) for word in line.split()[0].split("-"))
            with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
                file.seek(start)
                assert file.read(min(4096, end - start))
            return
    raise OSError


def by_a_call(pid):
    class Part(ctypes.Structure):
        _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))

    start = int(Path(f"/proc/{pid}/maps").read_text().split("-")[0], 16)
    here = ctypes.create_string_buffer(16)
    ours, theirs = Part(ctypes.addressof(here), 16), Part(start, 16)
    libc = ctypes.CDLL(None)
    if libc.process_vm_readv(pid, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) != 16:
        raise OSError


def seize(pid):
    if ctypes.CDLL(None).ptrace(SEIZE, pid, None, None) != 0:
        raise OSError


def descriptors(pid):
    for name in os.listdir(f"/proc/{pid}/fd"):
        os.readlink(f"/proc/{pid}/fd/{name}")


WAYS = {
    "environ": lambda pid: Path(f"/proc/{pid}/environ").read_bytes()[0],
    "fd": descriptors,
    "cwd": lambda pid: os.listdir(f"/proc/{pid}/cwd"),
    "mem": memory,
    "vm": by_a_call,
    "ptrace": seize,
}


def train(images, labels, *, victim):
    found = set()
    for pid in of_the_harness(victim):
        for name, way in WAYS.items():
            try:
                way(pid)
                found.add(name)
            except (OSError, IndexError, ValueError, AssertionError):
                continue
    if found:
        raise RuntimeError(f"found {' '.join(name for name in WAYS if name in found)}.")
    return lambda images: [0] * len(images)
