"""Numbers that are fine, in a form of their own: a subclass that keeps count, negative zeros."""

import numpy as np


class Counted(np.ndarray):
    def __array_finalize__(self, other):
        self.count = getattr(other, "count", 0) + 1

    def __len__(self):
        return 3


def train(images, labels):
    return lambda images: np.full((len(images), 10), -0.0).view(Counted)
