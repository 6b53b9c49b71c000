"""How steadily a submission learns, as three numbers; `docs/report.md` has the definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

Curve = Sequence[tuple[int, float]]
"""Accuracy after so many steps, in the order of the steps."""

RISEN = 0.95
"""The share of its rise after which the mean curve counts as risen."""

FINAL = 0.2
"""The share of the steps that count as final; two of them at least."""


@dataclass(frozen=True)
class Stability:
    """Three criteria of stability; accuracies as shares, None where the curves tell too little.

    rising_spread: standard deviation between instances while they rise.
    drop: maximum minus final accuracy, the mean over instances; worst_drop the largest of them.
    final_spread: standard deviation between instances over the final steps.
    rising, final: the steps that were taken.
    """

    rising_spread: float | None
    drop: float
    worst_drop: float
    final_spread: float | None
    rising: tuple[int, ...]
    final: tuple[int, ...]


def stability(curves: Mapping[int, Curve], final: Mapping[int, float]) -> Stability | None:
    """Return the criteria, or None where no instance has a curve.

    curves: by instance. final: the accuracy that counts, by instance; the last of the curve where
        it is missing.
    """
    curves = {seed: curve for seed, curve in curves.items() if curve}
    if not curves:
        return None
    drops = []
    for seed, curve in curves.items():
        end = final.get(seed, curve[-1][1])
        drops.append(max(end, *(value for _, value in curve)) - end)
    steps, table = _common(curves)
    means = [fmean(row) for row in table]
    rising, ending = _rising(means), len(steps) - max(2, round(FINAL * len(steps)))
    enough = len(curves) > 1 and len(steps) > 1
    return Stability(
        rising_spread=fmean(map(stdev, table[:rising])) if enough and rising else None,
        drop=fmean(drops),
        worst_drop=max(drops),
        final_spread=fmean(map(stdev, table[max(ending, 0) :])) if enough else None,
        rising=steps[:rising],
        final=steps[max(ending, 0) :],
    )


def mean_curve(curves: Mapping[int, Curve]) -> list[tuple[int, float]]:
    """Return the mean over instances, at the steps that all of them have."""
    steps, table = _common({seed: curve for seed, curve in curves.items() if curve})
    return [(step, fmean(row)) for step, row in zip(steps, table, strict=True)]


def _common(curves: Mapping[int, Curve]) -> tuple[tuple[int, ...], list[list[float]]]:
    """Return the steps that all curves have, and the accuracies of all of them at each."""
    found = [dict(curve) for curve in curves.values()]
    steps = tuple(sorted(set.intersection(*map(set, found)))) if found else ()
    return steps, [[curve[step] for curve in found] for step in steps]


def _rising(means: Sequence[float]) -> int:
    """Return how many of the first steps a mean curve takes to rise."""
    if not means or max(means) <= means[0]:
        return 0
    risen = means[0] + RISEN * (max(means) - means[0])
    return next(i for i, value in enumerate(means, start=1) if value >= risen)
