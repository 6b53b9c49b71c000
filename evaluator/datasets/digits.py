"""Scikit-learn's handwritten digits: the dataset that needs no file, for a first try and tests.

1797 grey images of 8x8 pixels, ten classes (Alpaydin and Kaynak 1998, UCI "Optical Recognition
of Handwritten Digits", test part). They are made to look like the contest's images, 32x32 with
three channels, so that a submission meant for CIFAR-10 runs on them unchanged.
"""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evaluator.datasets.dataset import ArrayDataset, SplitArrays
from submission_kit.errors import DataError

CLASSES = 10
SIDE = 8  # pixels
ENLARGE = 4  # each pixel becomes a square of this side
BRIGHTEST = 16  # the source's values are 0..16


def open_digits() -> ArrayDataset:
    """Open the digits: uint8 [N, 32, 32, 3], of each class the first half train, the rest test.

    Raises DataError where scikit-learn is not installed or its copy is broken.
    """
    table = _read_table(_csv_of_sklearn())
    grey = np.rint(table[:, :-1] * (255 / BRIGHTEST)).astype(np.uint8).reshape(-1, SIDE, SIDE)
    large = grey.repeat(ENLARGE, axis=1).repeat(ENLARGE, axis=2)
    images = np.repeat(large[..., np.newaxis], 3, axis=3)
    labels = table[:, -1].astype(np.int64)

    in_train = np.zeros(len(labels), dtype=bool)
    for digit in range(CLASSES):
        rows = np.flatnonzero(labels == digit)
        in_train[rows[: len(rows) // 2]] = True

    def load(split: str) -> SplitArrays:
        chosen = in_train if split == "train" else ~in_train
        return SplitArrays(images[chosen], labels[chosen])

    return ArrayDataset(
        name="digits",
        source="scikit-learn's handwritten digits, enlarged to 32x32 (embedded)",
        class_names=tuple(str(digit) for digit in range(CLASSES)),
        load=load,
    )


def _csv_of_sklearn() -> Path | None:
    """Find scikit-learn's own copy of the table without importing it, which takes a second."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None:
        raise DataError(
            "the dataset digits comes with scikit-learn, which is not installed",
            "pip install scikit-learn",
        )
    for folder in spec.submodule_search_locations or ():
        csv = Path(folder) / "datasets" / "data" / "digits.csv.gz"
        if csv.is_file():
            return csv
    return None


def _read_table(csv: Path | None) -> npt.NDArray[np.float64]:
    """Read float64 [N, 65]: 64 pixels in 0..16, row by row, then the label."""
    if csv is None:  # where scikit-learn keeps the file is its own affair: ask it
        from sklearn.datasets import load_digits

        data, target = load_digits(return_X_y=True)
        return np.column_stack([data, target]).astype(np.float64)
    try:
        with gzip.open(csv, "rt", encoding="ascii") as lines:
            table = np.loadtxt(lines, delimiter=",", ndmin=2)
    except (OSError, EOFError, ValueError, zlib.error) as fault:
        raise DataError(
            f"{csv} cannot be read: {fault}", "Install scikit-learn afresh: its copy is broken."
        ) from fault
    if table.shape[1] != SIDE * SIDE + 1:
        raise DataError(
            f"{csv} has {table.shape[1]} columns, not {SIDE * SIDE + 1}",
            "Install scikit-learn afresh: its copy is broken.",
        )
    return table
