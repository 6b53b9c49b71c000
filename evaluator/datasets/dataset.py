"""What a dataset is, and the one that holds its images as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from submission_kit.errors import DataError

SPLITS = ("train", "test")


class Dataset(Protocol):
    """A named source of labelled images in two splits, "train" and "test".

    An image is addressed by its class and its position within the class, in the original order
    of the source; the published sampling protocol draws such positions.
    """

    @property
    def name(self) -> str:
        """The name that tracks use: "cifar10"."""

    @property
    def source(self) -> str:
        """What was read, one line for a person: "zip of images cifar10-jpeg.zip"."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """K names; a class's number is its place here."""

    def counts(self, split: str) -> tuple[int, ...]:
        """Images of each class in a split: K numbers.

        Raises DataError where there is no such split or the source proves broken.
        """

    def images(self, split: str, picks: Sequence[tuple[int, int]]) -> npt.NDArray[np.uint8]:
        """Fetch images: uint8 [N, H, W, C] for N picks (class, position), in the picks' order.

        C is 3, or 1 where the source is grey. The array is the caller's to change.
        Raises DataError where a split, class or position does not exist or the source is broken.
        """


@dataclass(frozen=True)
class SplitArrays:
    """One split in memory. images: uint8 [N, H, W, C]; labels: int64 [N] in 0..K-1."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]


class ArrayDataset:
    """A dataset whose source can only be read a split at a time.

    load: called with "train" or "test" when that split is first needed, and once only; may
    raise DataError.
    """

    def __init__(
        self,
        name: str,
        source: str,
        class_names: tuple[str, ...],
        load: Callable[[str], SplitArrays],
    ) -> None:
        self.name = name
        self.source = source
        self.class_names = class_names
        self._load = load
        self._splits: dict[str, tuple[npt.NDArray[np.uint8], list[npt.NDArray[np.intp]]]] = {}

    def counts(self, split: str) -> tuple[int, ...]:
        """See Dataset.counts."""
        _, members = self._split(split)
        return tuple(len(member) for member in members)

    def images(self, split: str, picks: Sequence[tuple[int, int]]) -> npt.NDArray[np.uint8]:
        """See Dataset.images."""
        images, members = self._split(split)
        check_picks(self, split, picks)
        rows = np.array([members[label][position] for label, position in picks], dtype=np.intp)
        return images[rows]

    def _split(self, split: str) -> tuple[npt.NDArray[np.uint8], list[npt.NDArray[np.intp]]]:
        check_split(self, split)
        if split not in self._splits:
            arrays = self._load(split)
            # Rows grouped by class; flatnonzero keeps them in their original order.
            members = [
                np.flatnonzero(arrays.labels == label) for label in range(len(self.class_names))
            ]
            self._splits[split] = arrays.images, members
        return self._splits[split]


def check_split(dataset: Dataset, split: str) -> None:
    """Raise DataError unless `split` is one of SPLITS."""
    if split not in SPLITS:
        raise DataError(
            f"{dataset.name} has no split {split!r}", f"Its splits are: {', '.join(SPLITS)}."
        )


def check_picks(dataset: Dataset, split: str, picks: Sequence[tuple[int, int]]) -> None:
    """Raise DataError at the first pick that does not exist.

    Negative numbers are refused too: numpy would take them from the end, silently.
    """
    counts = dataset.counts(split)
    for label, position in picks:
        if not 0 <= label < len(counts):
            raise DataError(
                f"{dataset.name} has classes 0 to {len(counts) - 1}, no class {label}"
                f" ({dataset.source})"
            )
        if not 0 <= position < counts[label]:
            raise DataError(
                f"{dataset.name}, split {split!r}, class {dataset.class_names[label]!r} holds"
                f" {counts[label]} images, none at position {position} ({dataset.source})",
                "Positions count from 0. Is this the whole dataset, and the track made for it?",
            )
