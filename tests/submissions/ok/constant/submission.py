"""The least that is a submission."""

import numpy as np


def train(images, labels, *, seed):
    return lambda images: np.zeros(len(images), int)
