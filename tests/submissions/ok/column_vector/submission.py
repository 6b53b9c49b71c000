"""Predictions as a column, as some estimators give them."""

import numpy as np


def train(images, labels, **params):
    return lambda images: np.ones((len(images), 1), np.uint8)
