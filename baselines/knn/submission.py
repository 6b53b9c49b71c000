"""k nearest neighbours on raw pixels: the simplest method that learns from a hundred images.

The images and augmented copies of them are stored; a new image gets the votes of the nearest, by
Euclidean distance between pixel values.

Measured on the five final instances of cifar10-100 (JPEG copies), one thread of a 2-core AMD EPYC:
18.65, 17.20, 18.40, 20.15 and 17.55 %, mean 18.39 +- 1.15, in 3 to 6 s an instance, most of it
imports.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from copies import pixels, with_copies
from images import to_batch
from sklearn.neighbors import KNeighborsClassifier


def train(
    images: np.ndarray, labels: np.ndarray, *, seed: int, neighbours: int, copies: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Store the images, uint8 [N, H, W, C] with labels int64 [N], and their copies.

    The result maps uint8 [M, H, W, C] to the share of the votes for each class, float64 [M, K].
    """
    generator = torch.Generator().manual_seed(seed)
    batch, labels = with_copies(images, labels, copies, generator)
    classifier = KNeighborsClassifier(n_neighbors=neighbours).fit(pixels(batch), labels)

    def predict(images: np.ndarray) -> np.ndarray:
        votes: np.ndarray = classifier.predict_proba(pixels(to_batch(images)))
        return votes

    return predict
