"""Scores of which one row is minus infinity, as logarithms give."""

import numpy as np


def train(images, labels):
    def predict(images):
        scores = np.zeros((len(images), 10))
        scores[7] = -np.inf
        return scores

    return predict
