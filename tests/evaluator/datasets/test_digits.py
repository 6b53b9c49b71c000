"""The embedded digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluator.datasets import digits
from evaluator.datasets.digits import open_digits
from submission_kit.errors import DataError

sklearn_datasets = pytest.importorskip("sklearn.datasets")


def test_same_images_as_scikit_learn_gives() -> None:
    data, target = sklearn_datasets.load_digits(return_X_y=True)
    dataset = open_digits()
    for digit in range(10):
        wanted = data[target == digit]
        half = len(wanted) // 2
        assert dataset.counts("train")[digit] == half
        assert dataset.counts("test")[digit] == len(wanted) - half
        for split, part in (("train", wanted[:half]), ("test", wanted[half:])):
            images = dataset.images(split, [(digit, i) for i in range(len(part))])
            assert images.shape == (len(part), 32, 32, 3)
            assert images.dtype == np.uint8
            # Every pixel of a 4x4 square, in every channel, is the source's pixel.
            squares = images.reshape(-1, 8, 4, 8, 4, 3).transpose(0, 1, 3, 2, 4, 5)
            expected = np.rint(part * 255 / 16).reshape(-1, 8, 8, 1, 1, 1)
            assert (squares == expected).all()


def test_ends_of_the_scale() -> None:
    images = open_digits().images("train", [(0, i) for i in range(20)])
    assert (images.min(), images.max()) == (0, 255)


def test_class_names() -> None:
    assert open_digits().class_names == tuple("0123456789")


def test_scikit_learn_is_asked_where_the_file_has_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    picks = [(digit, i) for digit in range(10) for i in range(50)]
    fast = open_digits().images("test", picks)
    monkeypatch.setattr(digits, "_csv_of_sklearn", lambda: None)
    assert (open_digits().images("test", picks) == fast).all()


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(DataError, match="not installed") as caught:
        open_digits()
    assert "pip install scikit-learn" in caught.value.mend


@pytest.mark.parametrize("content", [b"no gzip", b"\x1f\x8b\x08\x00"])
def test_broken_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes) -> None:
    csv = tmp_path / "digits.csv.gz"
    csv.write_bytes(content)
    monkeypatch.setattr(digits, "_csv_of_sklearn", lambda: csv)
    with pytest.raises(DataError, match=r"digits\.csv\.gz"):
        open_digits()
