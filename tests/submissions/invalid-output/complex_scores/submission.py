"""Complex scores."""

import numpy as np


def train(images, labels):
    return lambda images: np.zeros((len(images), 10), complex)
