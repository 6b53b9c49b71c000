"""Reading and writing frames from threads, so that no stream can hold up who watches the clock."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, Any, NamedTuple

from submission_kit import frames
from submission_kit.frames import Frame, FrameError, Kind

MAX_BEHIND = 100
"""Frames that may wait for a slow reader before those that are one of many are dropped: so few that
at the end of a trial all are read well before the patience for it ends."""


class Event(NamedTuple):
    """What a stream said, and when on the monotonic clock.

    what: a frame; None where the stream ended; the fault where it broke.
    """

    source: str
    at: float
    what: Frame | FrameError | None = None


Inbox = queue.Queue[Event]


def pump(source: str, stream: IO[bytes], bounds: Mapping[Kind, int], inbox: Inbox) -> None:
    """Put what a stream says into the inbox, from now on; a full inbox makes the writer wait."""

    def put(what: Frame | FrameError | None) -> None:
        inbox.put(Event(source, time.monotonic(), what))

    thread(frames.pump, stream, bounds, put)


class Outbox:
    """Writes frames to a stream, in order, without making the sender wait for the reader."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._queue: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._thread = thread(self._write)

    def put(self, frame: Frame) -> None:
        """Send a frame; drop it where it is one of many and the reader is far behind."""
        one_of_many = frame.kind in (Kind.SAMPLE, Kind.PROGRESS)
        if not (one_of_many and self._queue.qsize() > MAX_BEHIND):
            self._queue.put(frame)

    def close(self, patience: float) -> None:
        """Write what is left, for at most `patience` seconds, and close the stream."""
        self._queue.put(None)
        self._thread.join(patience)

    def _write(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the reader is gone
            while (frame := self._queue.get()) is not None:
                frames.write(self._stream, frame)
        with contextlib.suppress(OSError):
            self._stream.close()


def thread(target: Callable[..., None], *args: Any) -> threading.Thread:
    """Start a thread that does not keep the process alive."""
    started = threading.Thread(target=target, args=args, daemon=True)
    started.start()
    return started
