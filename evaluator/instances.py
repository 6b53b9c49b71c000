"""Instances: which images a seed draws, by the published protocol.

For seed *s*, `RandomState(s).permutation(n)`, where *n* is the number of images a class in the
split (the smallest class's where they differ). Of each class's images in original order, those at
the first `train_per_class` positions of the permutation train, the next `test_per_class` test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from submission_kit.arrays import Images, Labels
from submission_kit.contract import training_seed
from submission_kit.errors import ConfigError, DataError

from .datasets import Dataset
from .track import Sampling, Track


@dataclass(frozen=True)
class Positions:
    """Which images of each class an instance takes: positions within the class and split."""

    n: int
    train: tuple[int, ...]
    test: tuple[int, ...]


@dataclass(frozen=True)
class Instance:
    """One random problem drawn from a track.

    seed: what it was drawn by; nothing on the child's side may tell it.
    train_images, test_images: uint8 [N, H, W, C]; train_labels, test_labels: int64 [N], in 0..K-1.
    The training images stand class by class. The test images stand in the order of their own
    SHA-256, which repeats, and tells nothing that the images themselves do not.
    test_picks: (class, position) of each test image.
    digest: SHA-256 over all images and labels.
    variation: another number gives another training seed for the same images; 0 is what is scored.
    """

    seed: int
    class_names: tuple[str, ...]
    positions: Positions
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    test_picks: tuple[tuple[int, int], ...]
    digest: str
    variation: int = 0

    @property
    def training_seed(self) -> int:
        """The seed that `train` gets, in 0..2^31-1."""
        return training_seed(self.train_images, self.variation)


def positions(n: int, seed: int, sampling: Sampling) -> Positions:
    """Draw the positions for classes of `n` images.

    Raises:
        ConfigError: the classes are too small to leave an image to test on.
    """
    train = sampling.train_per_class
    if n <= train:
        raise ConfigError(
            f"the smallest class has {n} images; {train} to train on leave none to test on",
            "Lower `sampling.train_per_class` in the track, or give more data.",
        )
    order = np.random.RandomState(seed).permutation(n).tolist()
    return Positions(n, tuple(order[:train]), tuple(order[train : train + sampling.test_per_class]))


def draw(track: Track, dataset: Dataset, phase: str, seed: int) -> Instance:
    """Draw an instance; only its own images are read.

    Raises:
        ConfigError: the track has no such phase, or the classes are too small.
        DataError: the images cannot be read.
    """
    split = track.phase(phase).split
    counts = dataset.counts(split)
    drawn = positions(min(counts), seed, track.sampling)
    train_picks = _picks(len(counts), drawn.train)
    test_picks = _picks(len(counts), drawn.test)
    images = dataset.images(split, train_picks + test_picks)
    if images.shape[0] != len(train_picks) + len(test_picks):
        raise DataError(f"{dataset.source}: gave {len(images)} images, not those asked for")
    train_images, test_images = images[: len(train_picks)], images[len(train_picks) :]
    train_labels, test_labels = _labels(train_picks), _labels(test_picks)
    digest = hashlib.sha256()
    for array in (train_images, train_labels, test_images, test_labels):
        digest.update(f"{array.dtype.str}{array.shape}".encode() + array.tobytes())
    order = sorted(
        range(len(test_picks)), key=lambda i: hashlib.sha256(test_images[i].tobytes()).digest()
    )
    return Instance(
        seed=seed,
        class_names=dataset.class_names,
        positions=drawn,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images[order],
        test_labels=test_labels[order],
        test_picks=tuple(test_picks[i] for i in order),
        digest=digest.hexdigest(),
    )


def _picks(classes: int, drawn: Sequence[int]) -> list[tuple[int, int]]:
    return [(label, position) for label in range(classes) for position in drawn]


def _labels(picks: Sequence[tuple[int, int]]) -> npt.NDArray[np.int64]:
    return np.array([label for label, _ in picks], np.int64)
