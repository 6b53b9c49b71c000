"""Frames: whole ones come through, everything else is refused before it costs memory."""

from __future__ import annotations

import io
import random
import struct

import pytest

from submission_kit import frames
from submission_kit.frames import Frame, FrameError, Kind

BOUNDS = frames.child_bounds(1000)


def read_all(data: bytes) -> list[Frame | FrameError | None]:
    got: list[Frame | FrameError | None] = []
    frames.pump(io.BytesIO(data), BOUNDS, got.append)
    return got


def written(*sent: Frame) -> bytes:
    stream = io.BytesIO()
    for frame in sent:
        frames.write(stream, frame)
    return stream.getvalue()


def test_frames_come_through_in_order() -> None:
    sent = [Frame(Kind.READY), frames.encode(Kind.PROGRESS, {"step": 1}), Frame(Kind.TRAINED)]
    got = read_all(written(*sent))
    assert [(f.kind, bytes(f.payload)) for f in got[:-1]] == [(f.kind, f.payload) for f in sent]  # type: ignore[union-attr]
    assert got[-1] is None


def test_a_pipe_that_takes_a_byte_at_a_time() -> None:
    class Slow(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            return super().write(data[:1])

    stream = Slow()
    frames.write(stream, Frame(Kind.PREDICTIONS, b"abc"))
    assert bytes(read_all(stream.getvalue())[0].payload) == b"abc"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x15", "within a frame's header"),
        (struct.pack("<BQ", 21, 1001), "1001 bytes announced, at most 1000"),
        (struct.pack("<BQ", 21, 2**63), "bytes announced"),
        (struct.pack("<BQ", 21, 10) + b"short", "within its 10 bytes"),
        (struct.pack("<BQ", 99, 0), "kind 99"),
        (struct.pack("<BQ", 34, 0), "kind 34"),  # known, but not a child's to send
    ],
)
def test_what_is_refused(data: bytes, says: str) -> None:
    (fault,) = read_all(data)
    assert isinstance(fault, FrameError)
    assert says in str(fault)


def test_random_bytes_end_in_frames_or_one_fault() -> None:
    random.seed(1)
    for _ in range(5000):
        start = written(Frame(Kind.READY)) if random.random() < 0.5 else b""
        got = read_all(start + random.randbytes(random.randrange(40)))
        assert all(isinstance(what, Frame) for what in got[:-1])
        assert got[-1] is None or isinstance(got[-1], FrameError)


@pytest.mark.parametrize("payload", [b"", b"[1]", b"{", b"\xff", b"3", b"[" * 100_000])
def test_json_that_is_no_object(payload: bytes) -> None:
    with pytest.raises(FrameError):
        Frame(Kind.FAILED, payload).json()
