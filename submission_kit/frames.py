"""Frames: the only thing that crosses between parent, supervisor and child.

    kind (1 byte) | length of the payload (8 bytes, little-endian) | payload

The reader knows the largest payload that each kind may have and checks the length before it reads
a byte of it. A payload is empty, an array whose size both sides know (see `arrays`), a small JSON
object (see `plain`), or log text. Nothing is ever unpickled or evaluated.

This module is all that the supervisor needs of this package: standard library only.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from .plain import parse_object

_HEADER = struct.Struct("<BQ")
KIB = 1024
MIB = 1024 * KIB


class Kind(IntEnum):
    """What a frame says. Who sends it stands at the left."""

    # parent -> supervisor -> child
    START = 1  # JSON: what to load, and how
    TRAIN_IMAGES = 2  # images
    TRAIN_LABELS = 3  # labels; training begins
    PREDICT = 4  # images; answered by PREDICTIONS
    RESUME = 5  # the checkpoint is over, training goes on
    FINISH = 6  # all predictions have come; leave (the supervisor says it)
    EMBED = 7  # images, during a checkpoint alone; answered by EMBEDDINGS

    # child -> supervisor -> parent
    READY = 16  # interpreter and harness are up; the clock starts here
    LOADED = 17  # JSON: the form of the entry
    PROGRESS = 18  # JSON: step, total, values
    CHECKPOINT = 19  # JSON: step, embeds, final; PREDICT and EMBED may follow, then RESUME
    TRAINED = 20  # train returned something callable
    PREDICTIONS = 21  # predictions
    FAILED = 22  # JSON: phase, verdict, message, where, traceback
    EMBEDDINGS = 23  # embeddings

    # supervisor -> parent
    SAMPLE = 32  # JSON: usage at one moment
    LOG = 33  # text: what the submission printed, head and tail
    ENDED = 34  # JSON: how it ended; the last frame


JSON_BOUND = 64 * KIB
"""Largest JSON payload, in bytes, of any kind but START, PROGRESS and ENDED."""

PROGRESS_BOUND = 8 * KIB
"""Largest PROGRESS payload, in bytes: of these a child may send as many as it likes, and the parent
must read them as fast as they come."""

EMBEDDINGS_BOUND = 4 * MIB
"""Largest EMBEDDINGS payload, in bytes: of the images of one batch."""

IMAGES_BOUND = 1024 * MIB
"""Largest images payload, in bytes."""

TRUSTED_BOUNDS: dict[Kind, int] = {
    Kind.START: MIB,
    Kind.TRAIN_IMAGES: IMAGES_BOUND,
    Kind.TRAIN_LABELS: IMAGES_BOUND,
    Kind.PREDICT: IMAGES_BOUND,
    Kind.EMBED: IMAGES_BOUND,
    Kind.RESUME: 0,
    Kind.FINISH: 0,
}
"""What the parent sends, and the child may expect."""


def child_bounds(predictions: int) -> dict[Kind, int]:
    """What a child may send, where its largest PREDICTIONS payload is `predictions` bytes."""
    return {
        Kind.READY: 0,
        Kind.LOADED: JSON_BOUND,
        Kind.PROGRESS: PROGRESS_BOUND,
        Kind.CHECKPOINT: JSON_BOUND,
        Kind.TRAINED: 0,
        Kind.PREDICTIONS: predictions,
        Kind.EMBEDDINGS: EMBEDDINGS_BOUND,
        Kind.FAILED: JSON_BOUND,
    }


def supervisor_bounds(predictions: int) -> dict[Kind, int]:
    """What a supervisor may send: all that a child may, and its own."""
    own = {Kind.SAMPLE: JSON_BOUND, Kind.LOG: 4 * MIB, Kind.ENDED: MIB}
    return child_bounds(predictions) | own


class FrameError(Exception):
    """What came is not a frame that may come."""


class Frame(NamedTuple):
    """One frame: its kind and its payload."""

    kind: Kind
    payload: bytes | bytearray = b""

    def json(self) -> dict[str, Any]:
        """Return the payload as a JSON object, all of it plain.

        Raises:
            FrameError: the payload is anything else.
        """
        try:
            return parse_object(self.payload.decode("utf-8", "replace"))
        except ValueError as error:
            raise FrameError(f"{self.kind.name}: not JSON that may come: {error}") from error


class Source(Protocol):
    """A binary stream to read from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill some of the buffer; 0 at the end of the stream."""
        ...


class Sink(Protocol):
    """A binary stream to write to."""

    def write(self, data: bytes | bytearray | memoryview, /) -> int | None:
        """Write some of the data; return how much."""
        ...


def encode(kind: Kind, value: Mapping[str, Any]) -> Frame:
    """Return the frame of that kind with a JSON payload."""
    return Frame(kind, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def read(source: Source, bounds: Mapping[Kind, int]) -> Frame | None:
    """Read one frame; None where the stream ends before one begins.

    Raises:
        FrameError: a kind or a length that `bounds` does not allow, or an end within the frame.
    """
    header = bytearray(_HEADER.size)
    got = _fill(source, header)
    if got == 0:
        return None
    if got < len(header):
        raise FrameError("the stream ended within a frame's header")
    number, length = _HEADER.unpack(header)
    try:
        kind = Kind(number)
        bound = bounds[kind]
    except (ValueError, KeyError):
        raise FrameError(f"a frame of kind {number} may not come here") from None
    if length > bound:
        raise FrameError(f"{kind.name}: {length} bytes announced, at most {bound} allowed")
    payload = bytearray(length)
    if _fill(source, payload) < length:
        raise FrameError(f"{kind.name}: the stream ended within its {length} bytes")
    return Frame(kind, payload)


def write(sink: Sink, frame: Frame) -> None:
    """Write one frame, whole."""
    rest = memoryview(_HEADER.pack(frame.kind, len(frame.payload)) + frame.payload)
    while rest:  # a raw pipe may take only part
        rest = rest[sink.write(rest) or 0 :]


def pump(
    source: Source, bounds: Mapping[Kind, int], put: Callable[[Frame | FrameError | None], None]
) -> None:
    """Read frames until the stream ends or breaks and put each; the last is None or the error."""
    last: FrameError | None = None
    try:
        while (frame := read(source, bounds)) is not None:
            put(frame)
    except FrameError as error:
        last = error
    except (OSError, ValueError):  # closed under us: an end like another
        pass
    put(last)


def _fill(source: Source, buffer: bytearray) -> int:
    view = memoryview(buffer)
    done = 0
    while done < len(view):
        count = source.readinto(view[done:])
        if not count:
            break
        done += count
    return done
