"""An object that claims the right shape and gives another."""

import numpy as np


class Liar:
    shape = (50,)

    def __array__(self, dtype=None, copy=None):
        return np.zeros(3, int)


def train(images, labels):
    return lambda images: Liar()
