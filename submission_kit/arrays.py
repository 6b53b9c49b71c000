"""Arrays as bytes and back: a few fixed-size integers, then the raw values, little-endian."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from .frames import FrameError

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Predictions = npt.NDArray[np.int64] | npt.NDArray[np.float32]
Embeddings = npt.NDArray[np.float32]

MAX_DIMENSIONS = 2048
"""Of an embedding."""

_SHAPE = struct.Struct("<4I")
_PREDICTIONS = struct.Struct("<cII")
_EMBEDDINGS = struct.Struct("<2I")
_LABELS, _SCORES = b"l", b"s"


def pack_images(images: Images) -> bytes:
    """Pack uint8 [N, H, W, C]."""
    return _SHAPE.pack(*images.shape) + np.ascontiguousarray(images).tobytes()


def unpack_images(payload: bytes | bytearray) -> Images:
    """Unpack uint8 [N, H, W, C]; the array shares the payload's memory and is writable with it."""
    shape = _SHAPE.unpack_from(payload)
    return np.frombuffer(payload, np.uint8, offset=_SHAPE.size).reshape(shape)


def pack_labels(labels: Labels) -> bytes:
    """Pack int64 [N]."""
    return labels.astype("<i8").tobytes()


def unpack_labels(payload: bytes | bytearray) -> Labels:
    """Unpack int64 [N]."""
    return np.frombuffer(payload, "<i8")


def pack_predictions(predictions: Predictions) -> bytes:
    """Pack int64 labels [M] or float32 scores [M, K]."""
    if predictions.ndim == 1:
        head = _PREDICTIONS.pack(_LABELS, len(predictions), 0)
        return head + predictions.astype("<i8").tobytes()
    head = _PREDICTIONS.pack(_SCORES, *predictions.shape)
    return head + predictions.astype("<f4").tobytes()


def predictions_bound(count: int, classes: int) -> int:
    """Return the largest payload, in bytes, that predictions for `count` images may have."""
    return _PREDICTIONS.size + count * max(8, 4 * classes)


def unpack_predictions(payload: bytes | bytearray, count: int, classes: int) -> Predictions:
    """Unpack predictions from a child that is not trusted: every size and value is checked again.

    Returns int64 labels [count] in 0..classes-1, or finite float32 scores [count, classes].

    Raises:
        FrameError: the payload is anything else.
    """
    if len(payload) < _PREDICTIONS.size:
        raise FrameError("predictions: too short")
    form, rows, columns = _PREDICTIONS.unpack_from(payload)
    size = len(payload) - _PREDICTIONS.size
    if form == _LABELS and (rows, columns, size) == (count, 0, 8 * count):
        labels: Labels = np.frombuffer(payload, "<i8", offset=_PREDICTIONS.size).astype(np.int64)
        if count and not (labels.min() >= 0 and labels.max() < classes):
            raise FrameError(f"predictions: labels outside 0..{classes - 1}")
        return labels
    if form == _SCORES and (rows, columns, size) == (count, classes, 4 * count * classes):
        scores = np.frombuffer(payload, "<f4", offset=_PREDICTIONS.size).astype(np.float32)
        if not np.isfinite(scores).all():
            raise FrameError("predictions: scores that are not finite")
        return scores.reshape(count, classes)
    raise FrameError(f"predictions: not of the form or size asked for ({count} images)")


def pack_embeddings(embeddings: Embeddings) -> bytes:
    """Pack float32 [M, D]."""
    return _EMBEDDINGS.pack(*embeddings.shape) + embeddings.astype("<f4").tobytes()


def unpack_embeddings(payload: bytes | bytearray, count: int) -> Embeddings:
    """Unpack embeddings from a child that is not trusted.

    Returns finite float32 [count, D], with D in 1..MAX_DIMENSIONS.

    Raises:
        FrameError: the payload is anything else.
    """
    if len(payload) < _EMBEDDINGS.size:
        raise FrameError("embeddings: too short")
    rows, columns = _EMBEDDINGS.unpack_from(payload)
    size = len(payload) - _EMBEDDINGS.size
    if rows != count or not 1 <= columns <= MAX_DIMENSIONS or size != 4 * rows * columns:
        raise FrameError(f"embeddings: not of the form or size asked for ({count} images)")
    values = np.frombuffer(payload, "<f4", offset=_EMBEDDINGS.size).astype(np.float32)
    if not np.isfinite(values).all():
        raise FrameError("embeddings: values that are not finite")
    return values.reshape(count, columns)
