"""As data camps have it."""

from sklearn.neighbors import KNeighborsClassifier


def get_model():
    return KNeighborsClassifier(n_neighbors=1)
