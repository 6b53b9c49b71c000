"""A view that claims 80 TB."""

import numpy as np


def train(images, labels):
    return lambda images: np.broadcast_to(np.int64(0), (10**13,))
