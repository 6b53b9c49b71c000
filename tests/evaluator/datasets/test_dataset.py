"""Picks and splits: what every source answers alike."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from evaluator.datasets.dataset import ArrayDataset, SplitArrays
from submission_kit.errors import DataError


@pytest.fixture
def dataset() -> ArrayDataset:
    images = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1)
    labels = np.array([1, 0, 1, 1, 0, 1])
    return ArrayDataset("toy", "a toy", ("a", "b"), lambda _: SplitArrays(images, labels))


def test_position_counts_within_the_class_in_original_order(dataset: ArrayDataset) -> None:
    assert dataset.counts("train") == (2, 4)
    picked = dataset.images("train", [(1, 3), (0, 0), (1, 0), (0, 1), (1, 1)])
    assert picked.ravel().tolist() == [5, 1, 0, 4, 2]


def test_picked_images_are_the_callers_own(dataset: ArrayDataset) -> None:
    dataset.images("test", [(0, 0)])[:] = 200
    assert dataset.images("test", [(0, 0)]).item() == 1


def test_no_picks_give_no_images_of_the_right_shape(dataset: ArrayDataset) -> None:
    assert dataset.images("train", []).shape == (0, 1, 1, 1)


@pytest.mark.parametrize("pick", [(0, 2), (0, -1), (2, 0), (-1, 0)])
def test_what_does_not_exist_cannot_be_picked(dataset: ArrayDataset, pick: tuple[int, int]) -> None:
    with pytest.raises(DataError, match="toy"):
        dataset.images("train", [(0, 0), pick])


def test_unknown_split(dataset: ArrayDataset) -> None:
    with pytest.raises(DataError, match="no split 'val'") as caught:
        dataset.counts("val")
    assert "train, test" in caught.value.mend


def test_a_split_is_read_once_and_only_when_needed() -> None:
    read = []

    def load(split: str) -> SplitArrays:
        read.append(split)
        return SplitArrays(np.zeros((1, 1, 1, 1), np.uint8), np.zeros(1, np.int64))

    dataset = ArrayDataset("toy", "a toy", ("a",), load)
    assert read == []
    dataset.counts("test")
    dataset.images("test", [(0, 0)])
    assert read == ["test"]


def test_the_package_imports_light() -> None:
    code = """if True:
        import sys
        import evaluator.datasets
        heavy = {"torch", "torchvision", "sklearn", "scipy", "PIL"}
        print(sorted(heavy & set(sys.modules)))
        evaluator.datasets.open_dataset("digits").images("train", [(0, 0)])
        print(sorted(heavy & set(sys.modules)))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]
