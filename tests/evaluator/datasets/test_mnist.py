"""MNIST's original files, small ones in the original format, with their own checksums."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from dataset_files import idx, md5, mnist_arrays, noise, write_mnist

from evaluator.datasets.mnist import CHECKSUMS, open_mnist
from submission_kit.errors import DataError

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


@pytest.fixture
def checksums(tmp_path: Path) -> dict[str, str]:
    return write_mnist(tmp_path / "raw")


def test_original_order(tmp_path: Path, checksums: dict[str, str]) -> None:
    dataset = open_mnist(tmp_path / "raw", checksums)
    assert dataset.counts("train") == (2,) * 10
    assert dataset.counts("test") == (1,) * 10
    # Labels run 9, 8, … 0, 9, 8, … 0.
    images = dataset.images("train", [(9, 0), (9, 1), (0, 0)])
    assert images.shape == (3, 28, 28, 1)
    wanted = mnist_arrays()["train-images-idx3-ubyte.gz"][[0, 10, 9]]
    assert (images[..., 0] == wanted).all()
    assert dataset.class_names == tuple("0123456789")


def test_files_with_other_checksums_are_refused(tmp_path: Path, checksums: dict[str, str]) -> None:
    with pytest.raises(DataError, match="is not the published file") as caught:
        open_mnist(tmp_path / "raw").counts("test")
    assert CHECKSUMS[IMAGES] in caught.value.message


def test_unzipped_files_are_not_taken_for_the_published(
    tmp_path: Path, checksums: dict[str, str]
) -> None:
    raw = tmp_path / "raw"
    (raw / IMAGES.removesuffix(".gz")).write_bytes(b"changed")
    open_mnist(raw, checksums).counts("test")
    (raw / IMAGES).unlink()
    with pytest.raises(DataError, match=f"lacks {IMAGES}$") as caught:
        open_mnist(raw, checksums)
    assert "checksums" in caught.value.mend


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (IMAGES, b"no gzip", "no gzipped idx"),
        (IMAGES, gzip.compress(b"\0\0"), "no gzipped idx"),
        (IMAGES, gzip.compress(idx(noise(1, shape=(10, 28, 28))))[:-50], "no gzipped idx"),
        (IMAGES, gzip.compress(idx(noise(1, shape=(10, 28, 28)))[:-1]), "cut short"),
        (IMAGES, gzip.compress(b"\0\0\x0d" + idx(noise(1, shape=(10, 28, 28)))[3:]), "uint8"),
        (LABELS, gzip.compress(idx(noise(1, shape=(9,)) % np.uint8(10))), "images and labels"),
        (LABELS, gzip.compress(idx(noise(1, shape=(10,)) | np.uint8(16))), "images and labels"),
    ],
)
def test_contents_of_another_kind(
    tmp_path: Path, checksums: dict[str, str], name: str, content: bytes, said: str
) -> None:
    (tmp_path / "raw" / name).write_bytes(content)
    dataset = open_mnist(tmp_path / "raw", checksums | {name: md5(content)})
    with pytest.raises(DataError, match=said):
        dataset.counts("test")
