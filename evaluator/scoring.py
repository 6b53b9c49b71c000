"""Scoring: what the metric makes of predictions, and of a whole run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from submission_kit.arrays import Labels, Predictions

from .statistics import Summary, summarise


def accuracy(labels: Labels, predictions: Predictions) -> float:
    """Return the share of images whose prediction is right.

    labels: int64 [N]. predictions: int64 [N], or scores float32 [N, K], of which the highest
    counts, and the first of several that are highest.
    """
    predicted = predictions.argmax(axis=1) if predictions.ndim == 2 else predictions
    return float((predicted == labels).mean())


@dataclass(frozen=True)
class Score:
    """What the metric makes of a run.

    value: the mean over all instances of the track; None unless every one of them is ok.
    ok: what the trials that are ok sum up to; None where none is.
    """

    value: float | None
    ok: Summary | None


def score_run(accuracies: Sequence[float | None]) -> Score:
    """Score a run from its trials, None for one that is not ok or not there."""
    ok = [value for value in accuracies if value is not None]
    summary = summarise(ok) if ok else None
    complete = summary is not None and len(ok) == len(accuracies)
    return Score(summary.mean if summary and complete else None, summary)
