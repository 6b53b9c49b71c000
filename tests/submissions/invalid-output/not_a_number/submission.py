"""Scores that are no numbers."""

import numpy as np


def train(images, labels):
    return lambda images: np.full((len(images), 10), np.nan)
