"""The nearest class mean: a place to start from."""

import numpy as np


def train(images, labels, *, seed, shrink=0.0):
    """Learn from images uint8 [N, H, W, C] with labels int64 [N] in 0..K-1; return predict.

    seed: an int for whatever is random; nothing is, here.
    shrink: how far each class's mean moves towards that of all images, from 0 to 1.
    """
    rows = as_rows(images)
    means = np.stack([rows[labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    means += shrink * (rows.mean(axis=0) - means)

    def predict(images):
        """Return scores [M, K] for uint8 [M, H, W, C]; labels [M] would do as well."""
        rows = as_rows(images)
        return -((rows[:, np.newaxis] - means) ** 2).mean(axis=2)

    return predict


def as_rows(images):
    """Return one row of floats in 0..1 for each image."""
    return images.reshape(len(images), -1) / 255.0
