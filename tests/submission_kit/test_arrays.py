"""Arrays come back as they went; predictions that are not what was asked for do not."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from submission_kit import arrays
from submission_kit.frames import FrameError


def test_images_and_labels_come_back() -> None:
    images = np.random.RandomState(0).randint(0, 256, (3, 4, 5, 2)).astype(np.uint8)
    back = arrays.unpack_images(bytearray(arrays.pack_images(images[:, ::-1])))
    assert np.array_equal(back, images[:, ::-1])
    back[0] = 0  # a submission may write into what it gets
    labels = np.array([3, 0, 9])
    assert arrays.unpack_labels(arrays.pack_labels(labels)).tolist() == [3, 0, 9]


@pytest.mark.parametrize(
    "predictions", [np.array([0, 9, 3]), np.arange(30, dtype=np.float32).reshape(3, 10)]
)
def test_predictions_come_back_within_their_bound(predictions: arrays.Predictions) -> None:
    payload = arrays.pack_predictions(predictions)
    assert len(payload) <= arrays.predictions_bound(3, 10)
    back = arrays.unpack_predictions(payload, 3, 10)
    assert back.dtype == predictions.dtype
    assert np.array_equal(back, predictions)


def test_predictions_that_lie() -> None:
    good = arrays.pack_predictions(np.array([0, 1, 2]))
    scores = np.zeros((3, 10), np.float32)
    scores[1, 1] = np.inf
    lies = [
        b"",
        good[:-1],
        good + b"\0",
        arrays.pack_predictions(np.array([0, 1])),
        arrays.pack_predictions(np.array([0, 1, 10])),
        arrays.pack_predictions(np.array([0, 1, -1])),
        arrays.pack_predictions(scores),
        arrays.pack_predictions(np.zeros((3, 9), np.float32)),
        struct.pack("<cII", b"p", 3, 0) + good[9:],
        struct.pack("<cII", b"l", 2**32 - 1, 0) + good[9:],
    ]
    for payload in lies:
        with pytest.raises(FrameError):
            arrays.unpack_predictions(payload, 3, 10)


def test_random_payloads_are_refused_or_within_range() -> None:
    random.seed(2)
    for _ in range(5000):
        head = struct.pack("<cII", random.choice([b"l", b"s"]), 3, random.choice([0, 10]))
        payload = head + random.randbytes(random.choice([24, 120, random.randrange(200)]))
        try:
            got = arrays.unpack_predictions(payload, 3, 10)
        except FrameError:
            continue
        assert len(got) == 3
        assert np.isfinite(got).all()
