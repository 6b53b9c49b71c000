"""k nearest neighbours: the simplest method that learns from a hundred images.

The images and augmented copies of them are stored; a new image gets the votes of the nearest, by
Euclidean distance between their rows of features. The report "Learning from limited data with
resource constraints" (2021) compared pixels, and gave no figure; `--param features=pixels` and
`--param augmentation=published` do so.

Measured on the five final instances of cifar10-100 (JPEG copies), one thread of a 2-core AMD EPYC:
28.85, 24.70, 29.40, 28.60 and 25.05 %, mean 27.32 +- 2.25, in 4 to 5 s of CPU an instance.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from augment import augmentation as named
from copies import with_copies
from features import features as rows_of
from images import to_batch
from sklearn.neighbors import KNeighborsClassifier


def train(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    seed: int,
    features: str,
    neighbours: int,
    copies: int,
    augmentation: str,
) -> Callable[[np.ndarray], np.ndarray]:
    """Store the images, uint8 [N, H, W, C] with labels int64 [N], and their copies.

    The result maps uint8 [M, H, W, C] to the share of the votes for each class, float64 [M, K].
    """
    to_rows = rows_of(features)
    generator = torch.Generator().manual_seed(seed)
    batch, labels = with_copies(images, labels, copies, named(augmentation), generator)
    classifier = KNeighborsClassifier(n_neighbors=neighbours).fit(to_rows(batch), labels)

    def predict(images: np.ndarray) -> np.ndarray:
        votes: np.ndarray = classifier.predict_proba(to_rows(to_batch(images)))
        return votes

    return predict
