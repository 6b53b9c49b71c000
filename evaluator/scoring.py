"""Scoring: what the metric makes of predictions, and of a whole run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from submission_kit.arrays import Labels, Predictions

from .statistics import Summary, summarise


def accuracy(labels: Labels, predictions: Predictions) -> float:
    """Return the share of images whose prediction is right.

    labels: int64 [N]. predictions: int64 [N], or scores float32 [N, K], of which the highest
    counts, and the first of several that are highest.
    """
    return float((as_labels(predictions) == labels).mean())


def as_labels(predictions: Predictions) -> Labels:
    """Return predictions as labels int64 [N]: of scores [N, K] the first that is highest."""
    return predictions.argmax(axis=1) if predictions.ndim == 2 else predictions.astype(np.int64)


@dataclass(frozen=True)
class Score:
    """What the metric makes of a run.

    value: the mean over the run; None unless it covers every instance of the track, all of them ok.
    ok: what the trials that are ok sum up to; None where none is.
    """

    value: float | None
    ok: Summary | None


def score_run(accuracies: Mapping[int, float | None], instances: int) -> Score:
    """Score a run.

    accuracies: by the instance's number; None for a trial that is not ok, or not there.
    instances: how many the track has, numbered from 1.
    """
    ok = [value for value in accuracies.values() if value is not None]
    summary = summarise(ok) if ok else None
    # Stops at the first that is missing, however many a foreign record says there are.
    whole = len(ok) == len(accuracies) and all(n in accuracies for n in range(1, instances + 1))
    return Score(summary.mean if summary and whole else None, summary)
