"""As the Mini-MNIST contest has it."""

import numpy as np


class Model:
    def __init__(self):
        self.classes = 0

    def fit(self, X_train, y_train):
        self.means = np.stack([X_train[y_train == y].mean(axis=0).ravel() for y in range(10)])

    def predict(self, X_test):
        rows = X_test.reshape(len(X_test), -1)
        return ((rows[:, None] - self.means) ** 2).sum(axis=2).argmin(axis=1)
