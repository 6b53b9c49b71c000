"""Frames: whatever comes, and in whatever pieces, it is a frame within its bounds or one fault."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from submission_kit import frames
from submission_kit.arrays import pack_predictions, predictions_bound, unpack_predictions
from submission_kit.child import Session
from submission_kit.contract import InvalidOutput, check_predictions
from submission_kit.frames import JSON_BOUND, Frame, FrameError, Kind
from submission_kit.plain import MAX_DEPTH
from tests.strategies import (
    ODD_JSON,
    inputs,
    json_bytes,
    mutated,
    plain_texts,
    plain_values,
    texts,
    values,
)

BOUNDS = frames.child_bounds(1000)
LARGEST = max(BOUNDS.values())
HEADER = struct.Struct("<BQ")

kinds = st.sampled_from(list(BOUNDS))
lengths = st.one_of(
    st.integers(0, 100),
    st.sampled_from([1000, 1001, JSON_BOUND, JSON_BOUND + 1, 2**31, 2**32, 2**63, 2**64 - 1]),
)
pieces = st.lists(st.integers(1, 30) | st.just(1 << 20), min_size=1, max_size=5)


@st.composite
def frames_that_may_come(draw: st.DrawFn) -> Frame:
    kind = draw(kinds)
    return Frame(kind, draw(st.binary(max_size=min(BOUNDS[kind], 60))))


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Headers that may be anything, each with a payload that may be shorter or longer."""
    parts = draw(
        st.lists(
            st.tuples(st.integers(0, 40) | kinds, lengths, st.binary(max_size=100), st.booleans()),
            max_size=6,
        )
    )
    return b"".join(
        HEADER.pack(kind, len(payload) if honest else length) + payload
        for kind, length, payload, honest in parts
    ) + draw(st.binary(max_size=20))


class Pieces(io.RawIOBase):
    """A stream that gives or takes a few bytes at a time, and remembers the most it was asked."""

    def __init__(self, data: bytes = b"", sizes: list[int] | None = None) -> None:
        self.data = data
        self._sizes = cycle(sizes or [1 << 20])
        self.read_bytes = self.largest = 0

    def readinto(self, buffer: Any, /) -> int:
        self.largest = max(self.largest, len(buffer))
        part = self.data[self.read_bytes :][: min(len(buffer), next(self._sizes))]
        buffer[: len(part)] = part
        self.read_bytes += len(part)
        return len(part)

    def write(self, data: Any, /) -> int:
        part = bytes(data[: next(self._sizes)])
        self.data += part
        return len(part)


def heard(data: bytes, sizes: list[int]) -> list[Frame]:
    """Read a stream to its end, check what must be true of any, and return its frames."""
    source = Pieces(data, sizes)
    got: list[Frame | FrameError | None] = []
    frames.pump(source, BOUNDS, got.append)
    assert source.largest <= LARGEST
    *before, last = got
    assert last is None or isinstance(last, FrameError)
    assert all(isinstance(frame, Frame) for frame in before)
    come = [frame for frame in before if isinstance(frame, Frame)]
    for frame in come:
        assert len(frame.payload) <= BOUNDS[frame.kind]
    # Nothing is made up, left out or mixed: the frames are what the stream begins with.
    assert data.startswith(written(come, [1 << 20]))
    if last is None:
        assert data == written(come, [1 << 20])
    return come


def written(sent: list[Frame], sizes: list[int]) -> bytes:
    sink = Pieces(sizes=sizes)
    for frame in sent:
        frames.write(sink, frame)
    return sink.data


@inputs(400)
@given(streams() | st.binary(max_size=60), pieces)
def test_any_stream(data: bytes, sizes: list[int]) -> None:
    heard(data, sizes)


@inputs(400)
@given(st.lists(frames_that_may_come(), min_size=1, max_size=6), pieces, st.data())
def test_a_damaged_stream_is_whole_up_to_the_damage(
    sent: list[Frame], sizes: list[int], data: st.DataObject
) -> None:
    whole = written(sent, [1 << 20])
    damaged, same = data.draw(mutated(whole))
    come = heard(damaged, sizes)
    intact, end = 0, 0
    for frame in sent:
        end += HEADER.size + len(frame.payload)
        intact += end <= same
    assert come[:intact] == sent[:intact]


@inputs(300)
@given(st.lists(frames_that_may_come(), max_size=6), pieces, pieces)
def test_frames_come_through_in_any_pieces(
    sent: list[Frame], into: list[int], out_of: list[int]
) -> None:
    assert heard(written(sent, into), out_of) == sent


@pytest.mark.parametrize("length", [1001, 2**31, 2**63, 2**64 - 1])
def test_what_is_too_long_costs_no_memory(length: int) -> None:
    assert peak(HEADER.pack(Kind.PREDICTIONS, length), frames.child_bounds(1000)) < 20_000


def test_what_is_announced_and_never_sent_costs_its_bound_once() -> None:
    bound = 8 * frames.MIB
    data = HEADER.pack(Kind.PREDICTIONS, bound) + b"x" * 1000
    assert peak(data, frames.child_bounds(bound)) < bound + 20_000


def peak(data: bytes, bounds: dict[Kind, int]) -> int:
    """Return the bytes that reading a stream takes at most."""
    tracemalloc.start()
    try:
        frames.pump(Pieces(data), bounds, lambda what: None)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@inputs(400)
@given(json_bytes)
def test_json_is_plain_or_refused(payload: bytes) -> None:
    try:
        value = Frame(Kind.PROGRESS, payload).json()
    except FrameError as error:
        assert len(str(error)) < 300
        return
    assert isinstance(value, dict)
    again = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).encode()
    assert json.loads(again) == value
    assert again.count(b"\n") < len(payload) + 100


@pytest.mark.parametrize("payload", ODD_JSON, ids=lambda payload: repr(payload[:30]))
def test_odd_json(payload: bytes) -> None:
    test_json_is_plain_or_refused.hypothesis.inner_test(payload)  # type: ignore[attr-defined]


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_json_may_be_nested_so_deep_and_no_deeper(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"

    def nested(depth: int) -> Frame:
        inner = opening * (depth - 1) + b"1" + closing * (depth - 1)
        return Frame(Kind.FAILED, b'{"message": ' + inner + b"}")

    assert nested(MAX_DEPTH).json()
    for depth in (MAX_DEPTH + 1, 500, 900, 950, 1000, 10_000):
        with pytest.raises(FrameError, match="nested too deep"):
            nested(depth).json()


@inputs(150)
@given(st.dictionaries(plain_texts, plain_values, max_size=4))
def test_plain_json_comes_through(value: dict[str, Any]) -> None:
    assert frames.encode(Kind.PROGRESS, value).json() == value


@inputs(200)
@given(st.dictionaries(texts, texts, max_size=4))
def test_any_text_comes_through_but_for_halves_of_pairs(value: dict[str, str]) -> None:
    clean = {
        name.encode(errors="replace").decode(): text.encode(errors="replace").decode()
        for name, text in value.items()
    }
    assert frames.encode(Kind.FAILED, value).json() == clean


class Recorder:
    """Stands in for the child's channel."""

    def __init__(self) -> None:
        self.sent: list[Frame] = []

    def send(self, frame: Frame) -> None:
        self.sent.append(frame)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words for it")


@inputs(200)
@given(
    st.builds(
        lambda kind, char, times, text: kind(char * times + text),
        st.sampled_from([ValueError, MemoryError, InvalidOutput, KeyError, OSError, SystemExit]),
        st.characters(exclude_categories=()),
        st.integers(0, 1000) | st.just(20_000),
        texts,
    )
)
@example(ValueError("😀" * 20_000))
@example(ValueError("\ud800" * 20_000))
@example(ValueError("\0" * 20_000))
@example(InvalidOutput("\0" * 20_000))
@example(SyntaxError("no", ("\ud800" * 5000, 1, 2, "\0" * 20_000)))
@example(Unspeakable())
def test_a_failure_always_fits_into_its_frame(error: BaseException) -> None:
    """Else the submission's own fault would be taken for a broken protocol."""

    def step() -> None:
        raise error

    channel = Recorder()
    session = Session(channel, {"folder": str(Path(__file__).parent)})  # type: ignore[arg-type]
    with pytest.raises(SystemExit):
        session._guarded(step)
    (frame,) = channel.sent
    assert len(frame.payload) <= JSON_BOUND
    said = frame.json()
    contract = isinstance(error, InvalidOutput)
    assert said["verdict"] == (
        "invalid-output" if contract else "memory" if isinstance(error, MemoryError) else "error"
    )
    assert contract or said["message"].startswith(type(error).__name__)
    assert __file__.endswith(said["where"].partition(":")[0])


@st.composite
def predictions(draw: st.DrawFn, count: int, classes: int) -> bytes:
    """Packed predictions for so many images, or nearly."""
    rows = draw(st.just(count) | st.integers(0, 9) | st.just(2**32 - 1))
    columns = draw(st.sampled_from([0, classes, 1, 2**32 - 1]))
    form = draw(st.sampled_from([b"l", b"s", b"x"]))
    sizes = [4 * count * classes, 8 * count, 0, 7]
    body = draw(
        st.lists(st.integers(-1, classes), min_size=count, max_size=count).map(
            lambda labels: np.array(labels, "<i8").tobytes()
        )
        | st.sampled_from(sizes).flatmap(lambda size: st.binary(min_size=size, max_size=size))
    )
    return struct.pack("<cII", form, rows, columns) + body


@inputs(400)
@given(st.integers(0, 5), st.integers(1, 4), st.data())
def test_predictions_are_in_range_or_refused(count: int, classes: int, data: st.DataObject) -> None:
    payload = data.draw(predictions(count, classes) | st.binary(max_size=100))
    try:
        got = unpack_predictions(payload, count, classes)
    except FrameError:
        return
    assert len(payload) <= predictions_bound(count, classes)
    if got.ndim == 1:
        assert (got.shape, got.dtype) == ((count,), np.int64)
        assert ((got >= 0) & (got < classes)).all()
    else:
        assert (got.shape, got.dtype) == ((count, classes), np.float32)
        assert np.isfinite(got).all()
    assert pack_predictions(got) == payload


class Claims:
    """Says one thing of itself and is another."""

    def __init__(self, shape: Any, value: Any) -> None:
        self.shape, self.value = shape, value

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self.value)


arrays: st.SearchStrategy[Any] = st.builds(
    lambda dtype, shape, numbers: np.resize(np.array(numbers), shape).astype(dtype),
    st.sampled_from(["i1", "u1", "<i8", ">i8", "<u8", "f2", "<f4", ">f8", "?", "c8", "S3", "O"]),
    st.sampled_from([(3,), (3, 1), (3, 2), (2, 3), (1, 3, 2), (), (0,), (3, 0), (6,)]),
    st.lists(st.integers(-1, 3) | st.floats(-1e40, 1e40), min_size=1, max_size=6),
)
shapes = st.sampled_from([(3,), (3, 1), (3, 2), (), None, (10**9,)])


@inputs(400)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@given(arrays | values | st.builds(Claims, shapes, arrays | values))
def test_what_predict_returns_is_packed_or_refused(raw: Any) -> None:
    try:
        checked = check_predictions(raw, count=3, classes=2)
    except InvalidOutput as error:
        assert "\n" not in str(error)
        return
    payload = pack_predictions(checked)
    assert len(payload) <= predictions_bound(3, 2)
    assert (unpack_predictions(payload, 3, 2) == checked).all()
