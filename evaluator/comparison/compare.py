"""Runs against each other: every pair on the instances and images that both had."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
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
from evaluator.reading import LeftOut, StoredRun, name_instances, read_run
from evaluator.report.fields import titles
from submission_kit.errors import DataError

from .images import Images, compare_images


@dataclass(frozen=True)
class Power:
    """What so many instances can show, and how many would settle it; in the unit of accuracies.

    detectable: the smallest true difference that as many instances as these show four times of
        five. needed: how many show a difference as large as this one so surely; None where no
        number below 10,000 does. fewest, most: the same, were the spread at either end of its own
        95 % interval. Of several pairs, all are at the level divided by their number.
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
    run: the first of them, by which their images can be drawn again.
    """

    names: tuple[str, str]
    first: dict[int, float]
    second: dict[int, float]
    difference: Difference
    p: float | None
    power: Power | None
    images: Images | None
    passed_over: dict[int, str]
    run: StoredRun

    @property
    def reasons(self) -> list[str]:
        """Which instances are not compared, by the reason."""
        return _why(self.passed_over)

    @property
    def shown(self) -> bool:
        """Whether one of them is shown to be ahead."""
        return self.p is not None and self.p < LEVEL


@dataclass(frozen=True)
class Comparison:
    """Several runs: every pair of them, in the order in which they were named.

    pairs: those with an instance in common. notes: what else there is to know of them.
    """

    track: str
    phase: str
    names: tuple[str, ...]
    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def compare(folders: Sequence[Path]) -> Comparison:
    """Compare two runs or more. Of three and more, what is no run is left out.

    Raises:
        DataError: there are no two runs, or none with an instance in common, with the same
            images, that both finished.
    """
    runs, left_out = _read(folders)
    names = titles(runs)
    pairs: list[Pair] = []
    apart: dict[tuple[str, str], DataError] = {}
    for (a, first), (b, second) in combinations(zip(names, runs, strict=True), 2):
        try:
            pairs.append(_pair((a, b), first, second, left_out))
        except DataError as error:
            apart[a, b] = error
    if not pairs:
        raise next(iter(apart.values()))
    adjusted = holm([1.0 if pair.difference.p is None else pair.difference.p for pair in pairs])
    level = LEVEL / len(pairs)
    pairs = [
        dataclasses.replace(
            pair, p=None if pair.p is None else p, power=_power(pair.difference, level)
        )
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
        (*notes, *_apart(names, pairs, apart)),
    )


def _read(folders: Sequence[Path]) -> tuple[list[StoredRun], list[LeftOut]]:
    """Read the runs, of which two are enough."""
    runs: list[StoredRun] = []
    left_out: list[LeftOut] = []
    faults = []
    for folder in folders:
        try:
            runs.append(read_run(folder))
        except DataError as error:
            faults.append(error)
            place = folder / "run.json"
            left_out.append(LeftOut(place, error.message.removeprefix(f"{place}: ")))
    if faults and len(runs) < 2:
        raise faults[0]
    return runs, left_out + [left for run in runs for left in run.left_out]


def _apart(
    names: Sequence[str], pairs: Sequence[Pair], apart: Mapping[tuple[str, str], DataError]
) -> list[str]:
    """Say which runs could not be compared; of one that could with none, once."""
    compared = {name for pair in pairs for name in pair.names}
    lines = [
        f"{name} is not compared: it has no instance in common with any other"
        for name in names
        if name not in compared
    ]
    return lines + [error.message for two, error in apart.items() if compared.issuperset(two)]


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
        raise DataError(
            f"{names[0]} and {names[1]} have no instance in common: {'; '.join(_why(passed_over))}",
            "Score both on the same track and phase.",
        )
    ours, theirs = (
        {seed: run.trials[seed]["accuracy"] for seed in seeds} for run in (first, second)
    )
    found = difference(list(ours.values()), list(theirs.values()))
    images, unread = compare_images(first, second, seeds)
    left_out += unread
    return Pair(names, ours, theirs, found, found.p, None, images, passed_over, first)


def _why(passed_over: Mapping[int, str]) -> list[str]:
    seeds: dict[str, list[int]] = {}
    for seed, why in passed_over.items():
        seeds.setdefault(why, []).append(seed)
    return [f"{name_instances(those)}: {why}" for why, those in seeds.items()]


def _not_comparable(names: tuple[str, str], first: StoredRun, second: StoredRun, seed: int) -> str:
    """Say why an instance cannot be compared; nothing where it can."""
    for name, run in zip(names, (first, second), strict=True):
        if seed not in run.trials:
            return f"{name} has no whole record"
        if run.trials[seed]["accuracy"] is None:
            return f"{name}: {run.trials[seed]['verdict']['name']}"
    ours, theirs = (run.trials[seed]["instance"] for run in (first, second))
    return "" if ours["digest"] == theirs["digest"] else "other images"


def _power(found: Difference, level: float) -> Power | None:
    if found.sd is None:
        return None
    if max(found.sd, abs(found.mean)) <= 1e-12:  # the same answers, perhaps of the same run
        return Power(0.0, None, None, None)
    low, high = sd_interval(found.sd, found.n)
    return Power(
        detectable(found.sd, found.n, level),
        *(instances_needed(found.mean, sd, level) for sd in (found.sd, low, high)),
    )
