"""Runs against each other: every pair on the instances and images that both had."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from evaluator.paired import (
    LEVEL,
    Difference,
    detectable,
    difference,
    holm,
    instances_needed,
    sd_interval,
)
from evaluator.reading import LeftOut, StoredRun, read_run
from evaluator.report.fields import titles
from submission_kit.errors import DataError

from .images import Images, compare_images


@dataclass(frozen=True)
class Power:
    """What so many instances can show, and how many would settle it; in the unit of accuracies.

    detectable: the smallest true difference that as many instances as these show four times of
        five. needed: how many show a difference as large as this one so surely; None where no
        number below 10,000 does. fewest, most: the same, were the spread at either end of its own
        95 % interval.
    """

    detectable: float
    needed: int | None
    fewest: int | None
    most: int | None


@dataclass(frozen=True)
class Pair:
    """Two runs on the instances that both finished, on the same images.

    first, second: accuracies by instance. p: of the difference, adjusted for all pairs.
    images: where their predictions differ; None where they cannot be read.
    passed_over: instances that are not compared, and why.
    """

    names: tuple[str, str]
    first: dict[int, float]
    second: dict[int, float]
    difference: Difference
    p: float | None
    power: Power | None
    images: Images | None
    passed_over: dict[int, str]

    @property
    def shown(self) -> bool:
        """Whether one of them is shown to be ahead."""
        return self.p is not None and self.p < LEVEL


@dataclass(frozen=True)
class Comparison:
    """Several runs: every pair of them, in the order in which they were named."""

    track: str
    phase: str
    names: tuple[str, ...]
    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def compare(folders: Sequence[Path]) -> Comparison:
    """Compare two runs or more.

    Raises:
        DataError: one is no run, or two have no instance in common, with the same images, that
            both finished.
    """
    runs = [read_run(folder) for folder in folders]
    names = titles(runs)
    left_out = [left for run in runs for left in run.left_out]
    pairs = []
    for (a, first), (b, second) in combinations(zip(names, runs, strict=True), 2):
        pairs.append(_pair((a, b), first, second, left_out))
    adjusted = holm([1.0 if pair.difference.p is None else pair.difference.p for pair in pairs])
    pairs = [
        dataclasses.replace(pair, p=None if pair.difference.p is None else p)
        for pair, p in zip(pairs, adjusted, strict=True)
    ]
    track, phase = runs[0].run["track"], runs[0].run["phase"]
    notes = [
        f"{name} ran under other rules: {run.run['track']['name']}, {run.run['phase']}"
        for name, run in zip(names, runs, strict=True)
        if (run.run["track"]["digest"], run.run["phase"]) != (track["digest"], phase)
    ]
    return Comparison(
        track["name"],
        phase,
        tuple(names),
        tuple(pairs),
        tuple(dict.fromkeys(left_out)),
        tuple(notes),
    )


def _pair(
    names: tuple[str, str], first: StoredRun, second: StoredRun, left_out: list[LeftOut]
) -> Pair:
    passed_over = {
        seed: reason
        for seed in sorted({*first.seeds, *second.seeds})
        if (reason := _not_comparable(names, first, second, seed))
    }
    seeds = [seed for seed in first.seeds if seed not in passed_over]
    if not seeds:
        reasons = "; ".join(f"instance {seed}: {why}" for seed, why in passed_over.items())
        raise DataError(
            f"{names[0]} and {names[1]} have no instance in common: {reasons}",
            "Score both on the same track and phase.",
        )
    ours, theirs = (
        {seed: run.trials[seed]["accuracy"] for seed in seeds} for run in (first, second)
    )
    found = difference(list(ours.values()), list(theirs.values()))
    images = None
    try:
        images = compare_images(first, second, seeds)
    except DataError as error:
        path, _, reason = error.message.partition(": ")
        left_out.append(LeftOut(Path(path), reason))
    return Pair(names, ours, theirs, found, None, _power(found), images, passed_over)


def _not_comparable(names: tuple[str, str], first: StoredRun, second: StoredRun, seed: int) -> str:
    """Say why an instance cannot be compared; nothing where it can."""
    for name, run in zip(names, (first, second), strict=True):
        if seed not in run.trials:
            return f"{name} has no whole record"
        if run.trials[seed]["accuracy"] is None:
            return f"{name}: {run.trials[seed]['verdict']['name']}"
    ours, theirs = (run.trials[seed]["instance"] for run in (first, second))
    return "" if ours["digest"] == theirs["digest"] else "other images"


def _power(found: Difference) -> Power | None:
    if found.sd is None:
        return None
    if max(found.sd, abs(found.mean)) <= 1e-12:  # the same answers, perhaps of the same run
        return Power(0.0, None, None, None)
    low, high = sd_interval(found.sd, found.n)
    return Power(
        detectable(found.sd, found.n),
        *(instances_needed(found.mean, sd) for sd in (found.sd, low, high)),
    )
