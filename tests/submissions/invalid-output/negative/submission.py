"""A label below zero."""

import numpy as np


def train(images, labels):
    return lambda images: np.full(len(images), -1)
