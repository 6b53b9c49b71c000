"""Near-duplicates: test images that are nearly the same as a training image.

CIFAR-10 has them: 286 of its 10 000 test images are in the training split in nearly the same form
(Barz and Denzler 2020, "Do we train on test data? Purging CIFAR of near-duplicates", Journal of
Imaging 6(6):41). A property of the instance; no submission is at fault.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evaluator.instances import Instance
from submission_kit.arrays import Images

from .finding import Finding, percent

QUESTION = "near-duplicates"

SIDE = 8
"""Images are compared at SIDE x SIDE pixels, which forgives small shifts and compression."""

FAINTEST = 8.0
"""Contrast, of 255, below which an image is not amplified: noise on a flat image stays small."""

NEAR = 0.3
"""RMS difference of normalised images, in standard deviations of their pixels, that is near."""

APART = 0.4
"""How much nearer than the next training image it must be as well; else they are alike as all
ones in MNIST are, not two copies of one picture.

With both, of the 249 exact and near duplicates that Barz and Denzler list by eye 52 % are found
(on JPEG copies; the rest are shifted or scaled by more). Of ten CIFAR-10 instances one image in
20 000 is reported, a true one; of MNIST 0.3 %, of digits 0.2 %.
"""

SAME = 0.05
"""RMS difference that is near whatever else is: the same picture, however often it is there."""

MANY = 0.01
"""Share of the test images above which it is `warn`: accuracy may owe them as much."""

LISTED = 100
"""Duplicates that are listed with their positions; the rest are counted."""

_CHUNK = 500


def judge(instance: Instance) -> Finding:
    """Count test images that are nearly the same as a training image, and say which."""
    train = _normalised(instance.train_images)
    found = []
    for start in range(0, len(instance.test_images), _CHUNK):
        test = _normalised(instance.test_images[start : start + _CHUNK])
        distances = _distances(test, train)
        nearest = distances.argmin(axis=1)
        least, next_least = np.partition(distances, 1, axis=1)[:, :2].T
        near = (least <= SAME) | ((least <= NEAR) & (least <= APART * next_least))
        found += [(start + int(i), int(nearest[i]), float(least[i])) for i in np.flatnonzero(near)]
    disagree = sum(instance.test_labels[i] != instance.train_labels[j] for i, j, _ in found)
    images = len(instance.test_images)
    listed = sorted(found, key=lambda pair: pair[2])[:LISTED]
    numbers = {
        "images": images,
        "found": len(found),
        "labels_disagree": int(disagree),
        "pairs": [_pair(instance, *pair) for pair in listed],
    }
    says = f"{len(found)} of {images} test images ({percent(len(found) / images)}) nearly equal a "
    says += "training image"
    if disagree:
        says += f", {disagree} of them with another label"
    if len(found) > MANY * images:
        return Finding(QUESTION, "warn", f"{says}: memory alone gets these right", numbers)
    return Finding(QUESTION, "ok", says, numbers)


def _pair(instance: Instance, test: int, train: int, distance: float) -> dict[str, object]:
    """Say where two images stand: class, and position within the class and split."""
    label, position = instance.test_picks[test]
    train_label = int(instance.train_labels[train])
    within = int((instance.train_labels[:train] == train_label).sum())
    return {
        "test": [instance.class_names[label], position],
        "train": [instance.class_names[train_label], instance.positions.train[within]],
        "distance": round(distance, 4),
    }


def _normalised(images: Images) -> npt.NDArray[np.float64]:
    """Return one row of small, centred and scaled pixels for each image [N, H, W, C]."""
    _, height, width, _ = images.shape
    small = _pool(_pool(images.astype(np.float64), 1, height), 2, width)
    rows: npt.NDArray[np.float64] = small.reshape(len(images), -1)
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.maximum(rows.std(axis=1, keepdims=True), FAINTEST)
    return rows


def _pool(images: npt.NDArray[np.float64], axis: int, length: int) -> npt.NDArray[np.float64]:
    """Average neighbours along one axis, to SIDE values or to as many as there are."""
    starts = np.arange(min(SIDE, length)) * length // min(SIDE, length)
    counts = np.diff(np.append(starts, length)).astype(np.float64)
    shape = [1] * images.ndim
    shape[axis] = len(starts)
    pooled: npt.NDArray[np.float64] = np.add.reduceat(images, starts, axis) / counts.reshape(shape)
    return pooled


def _distances(
    first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return RMS differences [M, N] between the rows [M, D] and [N, D]."""
    squares = (first**2).sum(axis=1)[:, np.newaxis] + (second**2).sum(axis=1)
    squares -= 2 * first @ second.T
    distances: npt.NDArray[np.float64] = np.sqrt(np.maximum(squares, 0) / first.shape[1])
    return distances
