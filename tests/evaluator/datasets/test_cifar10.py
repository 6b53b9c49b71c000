"""CIFAR-10's original files, small ones in the original format, with their own checksums."""

from __future__ import annotations

import os
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dataset_files import Pixels, cifar10_batches, md5, noise, python2_pickle, write_cifar10

from evaluator.datasets import Dataset
from evaluator.datasets.cifar10 import (
    ARCHIVE,
    CHECKSUMS,
    FOLDER,
    open_cifar10_archive,
    open_cifar10_folder,
)
from submission_kit.errors import DataError

Open = Callable[..., Dataset]
FORMS = pytest.mark.parametrize(
    ("open_form", "place"), [(open_cifar10_folder, FOLDER), (open_cifar10_archive, ARCHIVE)]
)


@pytest.fixture
def checksums(tmp_path: Path) -> dict[str, str]:
    return write_cifar10(tmp_path)


@FORMS
def test_original_order(
    tmp_path: Path, checksums: dict[str, str], open_form: Open, place: str
) -> None:
    dataset = open_form(tmp_path / place, checksums)
    batches = [images for images, _ in cifar10_batches().values()]
    # Batch n, of 1 to 5 and 6 for the test batch, has the labels n, 9, n, 0.
    assert dataset.counts("train") == (5, 2, 2, 2, 2, 2, 0, 0, 0, 5)
    assert dataset.counts("test") == (1, 0, 0, 0, 0, 0, 2, 0, 0, 1)

    def same(split: str, picks: list[tuple[int, int]], wanted: list[Pixels]) -> bool:
        return bool((dataset.images(split, picks) == np.stack(wanted)).all())

    assert same("train", [(9, i) for i in range(5)], [batch[1] for batch in batches[:5]])
    assert same("train", [(3, 0), (3, 1), (0, 4)], [batches[2][0], batches[2][2], batches[4][3]])
    assert same("test", [(6, 1)], [batches[5][2]])
    assert dataset.class_names[3] == "cat"
    assert len(dataset.class_names) == 10


@FORMS
def test_files_with_other_checksums_are_refused(
    tmp_path: Path, checksums: dict[str, str], open_form: Open, place: str
) -> None:
    with pytest.raises(DataError, match="is not the published file") as caught:
        open_form(tmp_path / place).counts("train")
    published = CHECKSUMS[ARCHIVE if place == ARCHIVE else "data_batch_1"]
    assert published in caught.value.message
    assert "zip" in caught.value.mend


def test_one_changed_byte(tmp_path: Path, checksums: dict[str, str]) -> None:
    batch = tmp_path / FOLDER / "data_batch_4"
    content = bytearray(batch.read_bytes())
    content[-1000] ^= 1
    batch.write_bytes(content)
    dataset = open_cifar10_folder(tmp_path / FOLDER, checksums)
    assert sum(dataset.counts("test")) == 4  # the other split is untouched
    with pytest.raises(DataError, match="data_batch_4 is not the published file"):
        dataset.counts("train")


def test_a_batch_of_the_archive_is_checked_too(tmp_path: Path, checksums: dict[str, str]) -> None:
    wrong = checksums | {"test_batch": "0" * 32}
    with pytest.raises(DataError, match="test_batch is not the published file"):
        open_cifar10_archive(tmp_path / ARCHIVE, wrong).counts("test")


class MakeFolder:
    """Unpickling this would make a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def test_a_hostile_pickle_with_the_right_checksum(
    tmp_path: Path, checksums: dict[str, str]
) -> None:
    hostile = pickle.dumps(MakeFolder(tmp_path / "trap"))
    (tmp_path / FOLDER / "test_batch").write_bytes(hostile)
    dataset = open_cifar10_folder(tmp_path / FOLDER, checksums | {"test_batch": md5(hostile)})
    with pytest.raises(DataError, match="no pickle of arrays"):
        dataset.counts("test")
    assert not (tmp_path / "trap").exists()


@pytest.mark.parametrize(
    "content",
    [
        python2_pickle(noise(1, shape=(2, 3071)), [1, 2]),
        python2_pickle(noise(1, shape=(2, 3072)), [1]),
        python2_pickle(noise(1, shape=(2, 3072)), [1, 10]),
        pickle.dumps([1, 2]),
    ],
    ids=["columns", "labels", "label 10", "list"],
)
def test_contents_of_another_kind(
    tmp_path: Path, checksums: dict[str, str], content: bytes
) -> None:
    (tmp_path / FOLDER / "test_batch").write_bytes(content)
    dataset = open_cifar10_folder(tmp_path / FOLDER, checksums | {"test_batch": md5(content)})
    with pytest.raises(DataError, match="no batch of CIFAR-10"):
        dataset.counts("test")


def test_missing_batches(tmp_path: Path, checksums: dict[str, str]) -> None:
    (tmp_path / FOLDER / "data_batch_2").unlink()
    with pytest.raises(DataError, match=r"lacks data_batch_2$"):
        open_cifar10_folder(tmp_path / FOLDER)
    with tarfile.open(tmp_path / ARCHIVE, "w:gz") as archive:
        archive.add(tmp_path / FOLDER, FOLDER)
    checksums[ARCHIVE] = md5((tmp_path / ARCHIVE).read_bytes())
    with pytest.raises(DataError, match=r"lacks data_batch_2$"):
        open_cifar10_archive(tmp_path / ARCHIVE, checksums).counts("train")


def test_an_archive_cut_short(tmp_path: Path, checksums: dict[str, str]) -> None:
    archive = tmp_path / ARCHIVE
    archive.write_bytes(archive.read_bytes()[:-5000])
    checksums[ARCHIVE] = md5(archive.read_bytes())
    with pytest.raises(DataError, match="cannot be unpacked"):
        open_cifar10_archive(archive, checksums).counts("test")
