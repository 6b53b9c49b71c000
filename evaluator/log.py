"""The log: what a submission printed, the first and the last of it, in bounded memory."""

from __future__ import annotations

import os
from collections import deque
from typing import IO

from submission_kit.frames import KIB

LOG_HEAD, LOG_TAIL = 64 * KIB, 192 * KIB
"""Bytes of the log that are kept; what lies between is counted."""


class Log:
    """What the submission printed: the first and the last of it, in bounded memory."""

    def __init__(self) -> None:
        self.total = 0
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0

    def read(self, stream: IO[bytes]) -> None:
        """Read the stream to its end; a thread's work, so the child never waits for us."""
        while data := os.read(stream.fileno(), 64 * KIB):
            self.total += len(data)
            room = LOG_HEAD - len(self._head)
            self._head += data[:room]
            if rest := data[room:] if room else data:
                self._tail.append(rest)
                self._tail_size += len(rest)
            while self._tail_size - len(self._tail[0] if self._tail else b"") >= LOG_TAIL:
                self._tail_size -= len(self._tail.popleft())

    def text(self) -> bytes:
        """Return what was kept, with a note where something is left out."""
        tail = b"".join(self._tail)[-LOG_TAIL:]
        left_out = self.total - len(self._head) - len(tail)
        note = f"\n… {left_out} bytes left out …\n".encode() if left_out else b""
        return bytes(self._head) + note + tail
