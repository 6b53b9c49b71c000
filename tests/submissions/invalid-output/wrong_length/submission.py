"""One prediction too few."""

import numpy as np


def train(images, labels):
    return lambda images: np.zeros(len(images) - 1, int)
