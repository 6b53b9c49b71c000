"""As ChaLearn's contests have it."""

import pickle
from os.path import isfile


class model:
    def __init__(self):
        self.is_trained = False

    def fit(self, X, Y):
        self.most = int(Y[0])
        self.is_trained = True

    def predict(self, X):
        return [self.most] * len(X)

    def save(self, path="./"):
        pickle.dump(self, open(path + "_model.pickle", "wb"))

    def load(self, path="./"):
        if isfile(path + "_model.pickle"):
            with open(path + "_model.pickle", "rb") as file:
                self = pickle.load(file)
        return self
