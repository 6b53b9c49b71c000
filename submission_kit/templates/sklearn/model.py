"""A scikit-learn estimator. It gets each image as one row of float32 in 0..1."""

from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC


def get_model(*, seed, regularisation):
    """Return an object with fit(X, y) and predict(X).

    seed: an int that repeats for the same training images.
    regularisation: C of the support vector machine, the price of a training error.
    """
    components = PCA(n_components=40, whiten=True, random_state=seed)
    return make_pipeline(components, SVC(C=regularisation))
