"""An array of objects."""

import numpy as np


def train(images, labels):
    return lambda images: np.array([object()] * len(images))
