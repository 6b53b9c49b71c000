"""Asks for a petabyte."""

import numpy as np


def train(images, labels):
    np.ones(1 << 47)
