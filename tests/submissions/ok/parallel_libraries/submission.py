"""joblib with two workers of its own, and a grid search of scikit-learn over two processes."""

from joblib import Parallel, delayed
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier


def square(number):
    return number**2


def train(images, labels):
    assert Parallel(n_jobs=2)(delayed(square)(i) for i in range(5)) == [0, 1, 4, 9, 16]
    rows = images.reshape(len(images), -1) / 255
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3]}, n_jobs=2, cv=2)
    search.fit(rows, labels)
    return lambda images: search.predict(images.reshape(len(images), -1) / 255)
