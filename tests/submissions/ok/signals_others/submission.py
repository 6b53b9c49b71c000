"""Signals and changes a process that is not its own; raises with all that it could do.

Calls that only pretend to have worked do not count.
"""

import ctypes
import fcntl
import os
import platform
import resource
import signal
import time
from pathlib import Path

F_SETSIG = 10
SET_IO_PRIORITY, IO_IDLE = 251 if platform.machine() == "x86_64" else 30, 3 << 13


def state(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def stop(send, pid):
    """Stop it by a signal, and let it go on."""
    send(signal.SIGSTOP)
    time.sleep(0.02)
    assert state(pid) == "T"
    send(signal.SIGCONT)


def as_the_owner_of_a_pipe(number, pid):
    """The kernel signals for us, when data arrive."""
    reader, writer = os.pipe()
    fcntl.fcntl(reader, F_SETSIG, number)
    fcntl.fcntl(reader, fcntl.F_SETOWN, pid)
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(writer, b"x")


def nice(pid):
    os.setpriority(os.PRIO_PROCESS, pid, 7)
    assert os.getpriority(os.PRIO_PROCESS, pid) == 7


def move(pid):
    core = min(os.sched_getaffinity(pid))
    os.sched_setaffinity(pid, [core])
    assert os.sched_getaffinity(pid) == {core}


def schedule(pid):
    os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))
    assert os.sched_getscheduler(pid) == os.SCHED_BATCH


def limit(pid):
    resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)


def slow(pid):
    libc = ctypes.CDLL(None)
    assert libc.syscall(SET_IO_PRIORITY, 1, pid, IO_IDLE) == 0
    assert libc.syscall(SET_IO_PRIORITY + 1, 1, pid) == IO_IDLE


def train(images, labels, *, victim):
    ways = {
        "null": lambda: os.kill(victim, 0),
        "kill": lambda: stop(lambda number: os.kill(victim, number), victim),
        "pidfd": lambda: stop(
            lambda number: signal.pidfd_send_signal(os.pidfd_open(victim), number), victim
        ),
        "pipe": lambda: stop(lambda number: as_the_owner_of_a_pipe(number, victim), victim),
        "nice": lambda: nice(victim),
        "cores": lambda: move(victim),
        "scheduler": lambda: schedule(victim),
        "limit": lambda: limit(victim),
        "disk": lambda: slow(victim),
        "end": lambda: os.kill(victim, signal.SIGKILL),
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
