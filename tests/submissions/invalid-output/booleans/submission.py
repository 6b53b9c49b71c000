"""One truth a class."""

import numpy as np


def train(images, labels):
    return lambda images: np.eye(10, dtype=bool)[[0] * len(images)]
