"""Dates, which are integers underneath."""

import numpy as np


def train(images, labels):
    return lambda images: np.zeros(len(images), "datetime64[s]")
