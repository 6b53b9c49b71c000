"""Scores, one a class."""

import numpy as np


def train(images, labels, *, seed):
    return lambda images: np.random.RandomState(seed).rand(len(images), 10)
