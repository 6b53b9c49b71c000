"""Nothing."""

import numpy as np


def train(images, labels):
    return lambda images: print(np.nan)
