"""What attacks need from outside: each is offered by the name of the param that asks for it.

A submission of `submissions/` names such a param in its `submission.yaml`; the test fills it in.
What is offered here is removed and ended here, whatever has become of it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import subprocess
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from evaluator.isolation import linux

DEVICES = ("/dev/autofs", "/dev/fuse", "/dev/kvm", "/dev/net/tun", "/dev/kmsg", "/dev/vhost-vsock")
"""Devices that do nothing by being opened, and are not every program's business."""

KEY_CALLS = {"x86_64": 250, "aarch64": 219}  # keyctl
KEY_UNLINK, KEY_SEARCH, USER_KEYS, USER_SESSION_KEYS = 9, 10, -4, -5
IPC_REMOVE = 0


@contextmanager
def offered(names: Iterable[str], folder: Path) -> Iterator[dict[str, Any]]:
    """Offer what these params ask for.

    folder: where files may be made for it.
    """
    with ExitStack() as stack:
        values = {}
        for name in names:
            if name in OFFERS:
                offer = OFFERS[name](folder)
                values[name] = next(offer)
                stack.callback(next, offer, None)  # not thrown into: it cleans up in any case
        yield values


def _mark(_: Path) -> Iterator[str]:
    """A word to be known again in a command line."""
    yield f"mark-{uuid.uuid4()}"


def _secret(folder: Path) -> Iterator[str]:
    """A file that its owner can read."""
    path = folder / "secret"
    path.write_text("the secret word\n")
    yield str(path)


def _outside(folder: Path) -> Iterator[str]:
    """A folder that everybody may write to."""
    path = folder / "outside"
    path.mkdir()
    path.chmod(0o777)
    yield str(path)


def _shared(_: Path) -> Iterator[str]:
    """The name of a file in /dev/shm."""
    path = Path("/dev/shm", f"subkit-test-{uuid.uuid4()}")
    path.write_text("the secret word")
    yield path.name
    path.unlink(missing_ok=True)


def _trace(_: Path) -> Iterator[str]:
    """A name for whatever may outlive a trial: see `leaves_traces`, after which this cleans up."""
    name = f"subkit-trace-{uuid.uuid4()}"
    yield name
    for place in ("/tmp", "/var/tmp", "/dev/shm"):
        with suppress(OSError):
            Path(place, name).unlink()
    libc, word = ctypes.CDLL(None), name.encode()
    libc.mq_unlink(b"/" + word)
    segment = libc.shmget(zlib.crc32(word) >> 1, 0, 0)
    if segment >= 0:
        libc.shmctl(segment, IPC_REMOVE, None)
    call = KEY_CALLS[platform.machine()]
    for ring in (USER_KEYS, USER_SESSION_KEYS):
        key = libc.syscall(call, KEY_SEARCH, ring, b"user", word, 0)
        if key > 0:
            libc.syscall(call, KEY_UNLINK, key, ring)


def _victim(_: Path) -> Iterator[int]:
    """A process that sleeps; it has no power that a submission lacks, or its kernel protects it."""
    process = subprocess.Popen(["sleep", "60"], preexec_fn=linux.give_up_capabilities)
    yield process.pid
    process.kill()
    process.wait()


def _port(_: Path) -> Iterator[int]:
    """A port of this machine alone, with somebody who listens: TCP, UDP, TCP over IPv6."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        port = tcp.getsockname()[1]
        tcp.listen()
        udp.bind(("127.0.0.1", port))
        with socket.socket(socket.AF_INET6) as newer:
            with suppress(OSError):  # a machine may not have it
                newer.bind(("::1", port))
                newer.listen()
            yield port


def _name(_: Path) -> Iterator[str]:
    """The name, without its leading null, of an abstract Unix socket on which somebody listens."""
    name = f"subkit-test-{uuid.uuid4()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{name}")
        server.listen()
        yield name


def _named(folder: Path) -> Iterator[str]:
    """A Unix socket among the files, on which somebody listens."""
    path = folder / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        path.chmod(0o777)
        yield str(path)


def _device(_: Path) -> Iterator[str]:
    """A device that this user may open."""
    for path in DEVICES:
        with suppress(OSError):
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            yield path
            return
    pytest.skip(f"this user may open none of {', '.join(DEVICES)}")


def _cores(_: Path) -> Iterator[int]:
    """The number of cores, where there are several."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if count < 2:
        pytest.skip("there is one core")
    yield count


OFFERS: Mapping[str, Callable[[Path], Iterator[Any]]] = {
    "mark": _mark,
    "secret": _secret,
    "outside": _outside,
    "shared": _shared,
    "trace": _trace,
    "victim": _victim,
    "port": _port,
    "name": _name,
    "named": _named,
    "device": _device,
    "cores": _cores,
}
