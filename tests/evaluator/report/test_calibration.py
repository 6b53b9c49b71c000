"""Top-k, probabilities and calibration, against scikit-learn and against what is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, top_k_accuracy_score

from evaluator.report.calibration import calibration_error, probabilities, reliability, top_k
from evaluator.report.classes import Answers


@pytest.fixture
def scored() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(500, 7)).astype(np.float32), rng.integers(0, 7, 500)


def test_top_k_is_scikit_learns(scored: tuple[np.ndarray, np.ndarray]) -> None:
    scores, labels = scored
    expected = [top_k_accuracy_score(labels, scores, k=k) for k in range(1, 7)] + [1.0]
    assert top_k(scores, labels) == pytest.approx(expected)


def test_of_equal_scores_the_first_class_counts() -> None:
    scores = np.array([[1, 1, 0], [1, 1, 0]], np.float32)
    assert top_k(scores, np.array([0, 1])) == [0.5, 1.0, 1.0]


def test_probabilities_are_left_alone_and_scores_become_some() -> None:
    given = np.array([[0.2, 0.8], [1, 0]], np.float32)
    shares, were = probabilities(given)
    assert were and np.allclose(shares, given)
    shares, were = probabilities(np.array([[-1000, 1000], [3, 3]], np.float32))
    assert not were
    assert shares.tolist() == [[0, 1], [0.5, 0.5]]


def test_reliability_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.01, 1, 3000)
    right = rng.uniform(size=3000) < confidence**2
    bins = reliability(confidence, right, 10)
    accuracy, mean = calibration_curve(right, confidence, n_bins=10)
    assert [each.accuracy for each in bins] == pytest.approx(accuracy.tolist())
    assert [each.confidence for each in bins] == pytest.approx(mean.tolist())
    # Of p and p^2 the mean difference is 1/2 - 1/3.
    assert calibration_error(bins) == pytest.approx(1 / 6, abs=0.02)


def test_what_is_calibrated_has_no_error() -> None:
    right = np.arange(1000) < 700
    bins = reliability(np.full(1000, 0.7), right)
    assert len(bins) == 1 and bins[0].images == 1000
    assert calibration_error(bins) == pytest.approx(0)


def test_confusion_is_scikit_learns(scored: tuple[np.ndarray, np.ndarray]) -> None:
    scores, labels = scored
    predicted = scores.argmax(1)
    answers = Answers(tuple("abcdefg"), labels, predicted, scores, np.ones_like(labels))
    assert (answers.confusion == confusion_matrix(labels, predicted)).all()
