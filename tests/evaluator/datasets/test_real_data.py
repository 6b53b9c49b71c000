"""The whole of CIFAR-10 and MNIST, where SUBKIT_TEST_DATA names a folder that has them."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluator.datasets import Dataset, open_dataset, zipindex


def real(name: str, file: str) -> Dataset:
    folder = os.environ.get("SUBKIT_TEST_DATA")
    if not folder:
        pytest.skip("SUBKIT_TEST_DATA is not set to a folder with cifar10-jpeg.zip and mnist.npz")
    if not (Path(folder) / file).is_file():
        pytest.skip(f"SUBKIT_TEST_DATA has no {file}")
    return open_dataset(name, Path(folder))


def drawn(dataset: Dataset, split: str, each: int = 210) -> list[tuple[int, int]]:
    """As many picks as an instance of the published protocol makes."""
    order = np.random.RandomState(1).permutation(min(dataset.counts(split)))[:each]
    return [(label, int(position)) for label in range(10) for position in order]


def test_cifar10() -> None:
    dataset = real("cifar10", "cifar10-jpeg.zip")
    assert dataset.counts("train") == (5000,) * 10
    assert dataset.counts("test") == (1000,) * 10
    # The order of the original's labels, on which everything about classes rests.
    assert dataset.class_names == (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    )  # fmt: skip
    images = dataset.images("train", drawn(dataset, "train"))
    assert images.shape == (2100, 32, 32, 3)
    assert 118 < images.mean() < 124  # CIFAR-10's mean is 120.7


def test_cifar10_positions_follow_the_numbering() -> None:
    """The files are numbered in the order of the original batches, from 0 within each class."""
    dataset = real("cifar10", "cifar10-jpeg.zip")
    path = Path(os.environ["SUBKIT_TEST_DATA"]) / "cifar10-jpeg.zip"
    with zipfile.ZipFile(path) as archive:
        for split, label, position in (("train", 2, 0), ("train", 9, 4999), ("test", 3, 338)):
            name = f"{split}/{dataset.class_names[label]}/{position:04d}.jpg"
            with archive.open(name) as file, Image.open(file) as image:
                wanted = np.asarray(image.convert("RGB"))
            assert (dataset.images(split, [(label, position)])[0] == wanted).all()


def test_cifar10_index_agrees_with_zipfile() -> None:
    real("cifar10", "cifar10-jpeg.zip")
    path = Path(os.environ["SUBKIT_TEST_DATA"]) / "cifar10-jpeg.zip"
    assert zipindex.read_index(path) == dict(zipindex._parse_with_zipfile(path))


def test_mnist() -> None:
    dataset = real("mnist", "mnist.npz")
    # Digits in MNIST's training and test sets.
    assert dataset.counts("train") == (
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    )  # fmt: skip
    assert dataset.counts("test") == (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    images = dataset.images("test", drawn(dataset, "test"))
    assert images.shape == (2100, 28, 28, 1)
    assert 30 < images.mean() < 36  # MNIST's mean is 33.3
