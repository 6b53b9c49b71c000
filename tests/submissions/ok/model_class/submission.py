"""An object of a class with fit and predict; it gets the images as they are."""


class Model:
    def __init__(self, label=0):
        self.label = label

    def fit(self, X, y):
        assert X.shape[1:] == (32, 32, 3)

    def predict(self, X):
        return [self.label] * len(X)
