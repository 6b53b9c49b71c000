"""NumPy archives."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from dataset_files import noise, write_npz

from evaluator.datasets.npz import open_npz
from submission_kit.errors import DataError


def use(path: Path) -> None:
    dataset = open_npz("toy", path)
    for split in ("train", "test"):
        dataset.counts(split)


def test_grey_images_and_any_labels(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "toy.npz")
    dataset = open_npz("toy", path)
    assert dataset.class_names == ("7", "9")
    assert dataset.counts("train") == (4, 4)
    assert dataset.counts("test") == (2, 2)
    # Labels alternate, 9 first: class 1 (the label 9) has rows 0, 2, 4, 6.
    images = dataset.images("train", [(1, 0), (1, 2), (0, 0)])
    assert (images[..., 0] == noise(1, shape=(8, 5, 4))[[0, 4, 1]]).all()
    assert images.shape == (3, 5, 4, 1)
    assert dataset.source == "arrays of toy.npz"


def test_colour_images_and_labels_in_a_column(tmp_path: Path) -> None:
    colour = noise(3, shape=(8, 5, 4, 3))
    labels = np.array([[-1]] * 4 + [[300]] * 4, dtype=np.int16)
    path = write_npz(
        tmp_path / "toy.npz", x_train=colour, y_train=labels, y_test=np.array([300] * 4)
    )
    dataset = open_npz("toy", path)
    assert dataset.class_names == ("-1", "300")
    assert (dataset.images("train", [(1, 0)]) == colour[[4]]).all()
    assert dataset.counts("test") == (0, 4)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"x_test": None, "y_test": None}, r"lacks x_test, y_test; it has x_train, y_train"),
        ({"x_train": np.zeros((8, 5, 4))}, r"x_train is float64 of shape \[8, 5, 4\]"),
        ({"x_train": np.zeros((8, 20), np.uint8)}, r"x_train is uint8 of shape \[8, 20\]"),
        ({"x_train": np.zeros((8, 3, 5, 4), np.uint8)}, r"x_train has 4 channels"),
        ({"y_train": np.zeros(8)}, r"y_train is float64 of shape \[8\]"),
        ({"y_train": np.zeros((8, 2), int)}, r"y_train is int64 of shape \[8, 2\]"),
        ({"y_train": np.zeros(7, int), "y_test": np.zeros(4, int)}, r"8 images, y_train has 7"),
        ({"y_train": np.zeros(0, int)}, r"y_train is empty"),
        ({"y_test": np.array([7, 9, 8, 8])}, r"y_test has labels that y_train lacks: 8$"),
        ({"y_test": np.array(["7"] * 4)}, r"y_test is <U1"),
    ],
)
def test_faults_are_said_plainly(
    tmp_path: Path, changed: dict[str, npt.ArrayLike | None], said: str
) -> None:
    with pytest.raises(DataError, match=said) as caught:
        use(write_npz(tmp_path / "toy.npz", **changed))
    assert "toy.npz" in caught.value.message
    assert "numpy.savez" in caught.value.mend


@pytest.mark.parametrize("left", [0.0, 0.3, 0.9, 0.99])
def test_cut_short(tmp_path: Path, left: float) -> None:
    path = write_npz(tmp_path / "toy.npz")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * left)])
    with pytest.raises(DataError, match=r"toy\.npz"):
        use(path)


def test_scrambled_inside(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "toy.npz")
    content = bytearray(path.read_bytes())
    start = content.index(b"x_train.npy") + 60
    content[start : start + 20] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(DataError, match="x_train cannot be read"):
        use(path)


def test_a_single_array(tmp_path: Path) -> None:
    np.save(tmp_path / "toy.npy", np.zeros(3))
    with pytest.raises(DataError, match="single array"):
        open_npz("toy", (tmp_path / "toy.npy").rename(tmp_path / "toy.npz"))


class Touch:
    """Unpickling this would create a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    hostile = np.array([Touch(trap)] * 8, dtype=object)
    with pytest.raises(DataError, match="y_train cannot be read"):
        use(write_npz(tmp_path / "toy.npz", y_train=hostile))
    (tmp_path / "bare.npz").write_bytes(pickle.dumps(Touch(trap)))
    with pytest.raises(DataError, match=r"bare\.npz"):
        use(tmp_path / "bare.npz")
    assert not trap.exists()
