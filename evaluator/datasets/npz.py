"""A dataset in one NumPy archive, with the names that Keras gave: x_train, y_train, …."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluator.datasets.dataset import SPLITS, ArrayDataset, SplitArrays
from submission_kit.errors import DataError

KEYS = tuple(f"{array}_{split}" for split in SPLITS for array in "xy")

_MEND = (
    "An archive is written by numpy.savez(path, x_train=…, y_train=…, x_test=…, y_test=…), with"
    " x uint8 [N, H, W] or [N, H, W, C] and y integers [N]."
)


def open_npz(name: str, path: Path) -> ArrayDataset:
    """Open an `.npz` with x_train, y_train, x_test, y_test.

    x: uint8 [N, H, W] or [N, H, W, C], C 1 or 3; y: integers [N] or [N, 1].
    The classes are the labels that occur in y_train, in ascending order; a position within a
    class counts that label's occurrences. Images are read when a split is first used.

    Raises DataError where the file is broken or its arrays are otherwise; faults of the images
    come when their split is first used.
    """
    labels = {split: _labels(path, f"y_{split}") for split in SPLITS}
    classes = np.unique(labels["train"])
    strange = np.setdiff1d(labels["test"], classes)
    if strange.size:
        raise DataError(f"{path}: y_test has labels that y_train lacks: {_some(strange)}", _MEND)

    def load(split: str) -> SplitArrays:
        images = _images(path, f"x_{split}")
        if len(images) != len(labels[split]):
            raise DataError(
                f"{path}: x_{split} has {len(images)} images,"
                f" y_{split} has {len(labels[split])} labels",
                _MEND,
            )
        return SplitArrays(images, np.searchsorted(classes, labels[split]).astype(np.int64))

    return ArrayDataset(
        name=name,
        source=f"arrays of {path.name}",
        class_names=tuple(str(label) for label in classes),
        load=load,
    )


def _labels(path: Path, key: str) -> npt.NDArray[Any]:
    labels = _array(path, key)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"{path}: {key} is {_described(labels)}, not integers of shape [N] or [N, 1]", _MEND
        )
    if not len(labels):
        raise DataError(f"{path}: {key} is empty", _MEND)
    return labels


def _images(path: Path, key: str) -> npt.NDArray[np.uint8]:
    images = _array(path, key)
    if images.ndim not in (3, 4) or images.dtype != np.uint8:
        raise DataError(
            f"{path}: {key} is {_described(images)}, not uint8 of shape [N, H, W] or [N, H, W, C]",
            _MEND,
        )
    if images.ndim == 4 and images.shape[3] not in (1, 3):
        raise DataError(
            f"{path}: {key} has {images.shape[3]} channels, not 1 or 3 (shape"
            f" {list(images.shape)}); channels come last",
            _MEND,
        )
    return images if images.ndim == 4 else images[..., np.newaxis]


def _array(path: Path, key: str) -> npt.NDArray[Any]:
    try:
        # allow_pickle=False: an object array would run code of its author's choice.
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise DataError(f"{path} holds a single array, not an archive of four", _MEND)
        with loaded as archive:
            missing = [wanted for wanted in KEYS if wanted not in archive.files]
            if missing:
                raise DataError(
                    f"{path} lacks {', '.join(missing)}; it has {', '.join(archive.files)}", _MEND
                )
            array: npt.NDArray[Any] = archive[key]
            return array
    # What np.load is known to raise on files cut short, scrambled, of another kind or pickled.
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, KeyError) as fault:
        raise DataError(f"{path}: {key} cannot be read: {fault}", _MEND) from fault


def _described(array: npt.NDArray[Any]) -> str:
    return f"{array.dtype} of shape {list(array.shape)}"


def _some(values: npt.NDArray[Any]) -> str:
    """Name the first few of many values."""
    shown = ", ".join(str(value) for value in values[:5])
    return shown if len(values) <= 5 else f"{shown} and {len(values) - 5} more"
