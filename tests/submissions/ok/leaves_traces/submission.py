"""Leaves a sign wherever it can and looks, before that, for one that a trial before it left."""

import ctypes
import os
import platform
import tempfile
import zlib
from pathlib import Path

ADD_KEY, KEYCTL = (248, 250) if platform.machine() == "x86_64" else (217, 219)
SEARCH, USER_KEYS, USER_SESSION_KEYS = 10, -4, -5

LIBC = ctypes.CDLL(None)


def files(trace, outside):
    temporary, home = tempfile.gettempdir(), os.path.expanduser("~")
    return {
        "home": Path(home, trace),
        "TMPDIR": Path(temporary, trace),
        "cwd": Path(trace),
        "shm": Path("/dev/shm", trace),
        "tmp": Path("/tmp", trace),
        "var-tmp": Path("/var/tmp", trace),
        "outside": Path(outside, trace),
    }


def look(trace, outside):
    for name, path in files(trace, outside).items():
        try:
            if path.exists():
                yield name
        except OSError:  # a folder above is closed to it
            continue
    word = trace.encode()
    for ring in (USER_KEYS, USER_SESSION_KEYS):
        if LIBC.syscall(KEYCTL, SEARCH, ring, b"user", word, 0) > 0:
            yield "key"
            break
    if LIBC.shmget(zlib.crc32(word) >> 1, 16, 0o600) >= 0:
        yield "sysv"
    if LIBC.mq_open(b"/" + word, os.O_RDONLY) >= 0:
        yield "queue"


def leave(trace, outside):
    for path in files(trace, outside).values():
        try:
            path.write_text("a sign")
        except OSError:
            continue
    word = trace.encode()
    for ring in (USER_KEYS, USER_SESSION_KEYS):
        LIBC.syscall(ADD_KEY, b"user", word, b"a sign", 6, ring)
    LIBC.shmget(zlib.crc32(word) >> 1, 16, 0o1600)
    LIBC.mq_open(b"/" + word, os.O_RDWR | os.O_CREAT, 0o600, None)


def train(images, labels, *, trace, outside):
    found = list(look(trace, outside))
    leave(trace, outside)
    if found:
        raise RuntimeError(f"found {' '.join(found)}.")
    return lambda images: [0] * len(images)
