"""Labels as floats."""

import numpy as np


def train(images, labels):
    return lambda images: np.zeros(len(images))
