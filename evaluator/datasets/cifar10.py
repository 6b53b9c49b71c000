"""CIFAR-10 in its original files (Krizhevsky 2009), as torchvision downloads them.

`cifar-10-batches-py/` holds five training batches and a test batch, pickles that Python 2 wrote:
{"data": uint8 [10000, 3072], "labels": [10000 ints 0..9], …}, where a row of data is the red,
the green and the blue plane of an image, each 32x32 row by row. `cifar-10-python.tar.gz` holds
that folder. The original order, which the sampling protocol counts by, is data_batch_1 to 5.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from evaluator.datasets.array_pickle import load_array_pickle
from evaluator.datasets.checksums import check, read_checked
from evaluator.datasets.dataset import ArrayDataset, SplitArrays
from submission_kit.errors import DataError

FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
CLASS_NAMES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
BATCHES = {"train": tuple(f"data_batch_{n}" for n in range(1, 6)), "test": ("test_batch",)}

# The MD5s that torchvision holds its downloads against.
CHECKSUMS: Mapping[str, str] = {
    ARCHIVE: "c58f30108f718f92721af3b95e74349a",
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}


def open_cifar10_folder(folder: Path, checksums: Mapping[str, str] = CHECKSUMS) -> ArrayDataset:
    """Open the folder of batches; each is checked and read when its split is first used.

    checksums: the MD5 of each batch by name.
    Raises DataError where a batch is missing; later, where one is not the published file.
    """
    missing = [
        batch for batches in BATCHES.values() for batch in batches if not (folder / batch).is_file()
    ]
    if missing:
        raise DataError(
            f"{folder} lacks {', '.join(missing)}", f"Unpack {ARCHIVE} again: it holds all six."
        )

    def load(split: str) -> SplitArrays:
        paths = [folder / batch for batch in BATCHES[split]]
        return _join(
            _parse_batch(read_checked(path, checksums[path.name]), str(path)) for path in paths
        )

    return ArrayDataset("cifar10", f"CIFAR-10's original files in {folder.name}", CLASS_NAMES, load)


def open_cifar10_archive(path: Path, checksums: Mapping[str, str] = CHECKSUMS) -> ArrayDataset:
    """Open the archive of batches; it is checked and read when a split is first used.

    Nothing is unpacked to disk. checksums: the MD5 of the archive, under the name ARCHIVE, and of
    each batch by name. Raises DataError, when a split is first used, where the archive or a batch
    is not the published file.
    """

    def load(split: str) -> SplitArrays:
        contents = _unpack(path, checksums[ARCHIVE], BATCHES[split])
        for batch, content in contents.items():
            check(content, checksums[batch], f"{path}: {batch}")
        return _join(_parse_batch(contents[batch], f"{path}: {batch}") for batch in BATCHES[split])

    return ArrayDataset("cifar10", f"CIFAR-10's original archive {path.name}", CLASS_NAMES, load)


def _unpack(path: Path, md5: str, batches: Iterable[str]) -> dict[str, bytes]:
    archive = io.BytesIO(read_checked(path, md5))
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=archive, mode="r:gz") as members:
            for member in members:
                batch = PurePosixPath(member.name).name
                if batch in batches and (file := members.extractfile(member)) is not None:
                    contents[batch] = file.read()
    except (OSError, EOFError, tarfile.TarError, zlib.error) as fault:
        raise DataError(f"{path} cannot be unpacked: {fault}") from fault
    missing = [batch for batch in batches if batch not in contents]
    if missing:
        raise DataError(f"{path} lacks {', '.join(missing)}", f"Is this {ARCHIVE}?")
    return contents


def _parse_batch(content: bytes, what: str) -> SplitArrays:
    batch = load_array_pickle(content, what)
    data = batch.get("data") if isinstance(batch, dict) else None
    labels = batch.get("labels") if isinstance(batch, dict) else None
    if not (
        isinstance(data, np.ndarray)
        and data.dtype == np.uint8
        and data.ndim == 2
        and data.shape[1] == 3 * 32 * 32
        and isinstance(labels, list)
        and len(labels) == len(data)
        and all(isinstance(label, int) and 0 <= label < len(CLASS_NAMES) for label in labels)
    ):
        raise DataError(
            f"{what} is no batch of CIFAR-10: it should hold data, uint8 [N, 3072], and labels,"
            " N integers 0..9"
        )
    planes = data.reshape(-1, 3, 32, 32)
    return SplitArrays(planes.transpose(0, 2, 3, 1), np.array(labels, dtype=np.int64))


def _join(batches: Iterable[SplitArrays]) -> SplitArrays:
    batches = list(batches)
    return SplitArrays(
        np.concatenate([batch.images for batch in batches]),
        np.concatenate([batch.labels for batch in batches]),
    )
