"""MNIST in its original files (LeCun, Cortes and Burges), as torchvision downloads them.

Four idx files, gzipped. An idx file is a magic number (two zero bytes, 8 for uint8, the number of
dimensions), the dimensions as big-endian 32-bit integers, and the values.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evaluator.datasets.checksums import read_checked
from evaluator.datasets.dataset import ArrayDataset, SplitArrays
from submission_kit.errors import DataError

CLASS_NAMES = tuple(str(digit) for digit in range(10))
FILES = {  # split: images, labels
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}

# The MD5s that torchvision holds its downloads against.
CHECKSUMS: Mapping[str, str] = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}


def open_mnist(raw: Path, checksums: Mapping[str, str] = CHECKSUMS) -> ArrayDataset:
    """Open a folder of the four gzipped files; checked and read when a split is first used.

    Unzipped copies beside them, which torchvision leaves, are not read: the published checksums
    are of the gzipped files.

    checksums: the MD5 of each file by name.
    Raises DataError where a file is missing; later, where one is not the published file.
    """
    missing = [name for pair in FILES.values() for name in pair if not (raw / name).is_file()]
    if missing:
        raise DataError(
            f"{raw} lacks {', '.join(missing)}",
            "Unzipped files alone do not do: the published checksums are of the gzipped ones.",
        )

    def load(split: str) -> SplitArrays:
        images, labels = (
            _parse_idx(read_checked(raw / name, checksums[name]), str(raw / name))
            for name in FILES[split]
        )
        if images.ndim != 3 or labels.shape != (len(images),) or labels.max(initial=0) > 9:
            raise DataError(f"{raw}: {' and '.join(FILES[split])} do not hold images and labels")
        return SplitArrays(images[..., np.newaxis], labels.astype(np.int64))

    return ArrayDataset("mnist", f"MNIST's original files in {raw.name}", CLASS_NAMES, load)


def _parse_idx(zipped: bytes, what: str) -> npt.NDArray[np.uint8]:
    try:
        content = gzip.decompress(zipped)
        zeros, kind, dimensions = struct.unpack_from(">HBB", content)
        shape = struct.unpack_from(f">{dimensions}I", content, 4)
    except (OSError, EOFError, zlib.error, struct.error) as fault:
        raise DataError(f"{what} is no gzipped idx file: {fault}") from fault
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * dimensions)
    if (zeros, kind) != (0, 8) or len(values) != prod(shape):
        raise DataError(f"{what} is no idx file of uint8, or is cut short")
    return values.reshape(shape)
