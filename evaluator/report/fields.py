"""Reads what a record may or may not hold, in a form that can be drawn and counted with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from submission_kit.quantities import format_duration

from ..escape import one_line
from ..reading import StoredRun


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping, empty where it is something else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Sequence[Any]:
    """Return a list, empty where it is something else."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return a text, empty where it is something else."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """Return a number that is none of the absurd ones, None where it is something else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e18:
        return None
    return float(value)


def points(record: Mapping[str, Any], series: str, *names: str) -> list[tuple[float, ...]]:
    """Return the numbers of these names in a series, where all of them are there.

    They are sorted by the first of them.
    """
    found = []
    for point in items(record.get(series)):
        numbers = [number(mapping(point).get(name)) for name in names]
        known = tuple(value for value in numbers if value is not None)
        if len(known) == len(names):
            found.append(known)
    return sorted(found, key=lambda point: point[0])


def percent(share: float, digits: int = 2) -> str:
    """Write a share for a person."""
    return f"{100 * share:.{digits}f} %"


def seconds(value: float | None) -> str:
    """Write seconds for a person; short ones with two digits behind the point."""
    if value is None:
        return ""
    return f"{value:.2f} s" if value < 60 else format_duration(value)


def titles(runs: Sequence[StoredRun]) -> list[str]:
    """Return a name for each run: the submission's, with what tells it from the others."""
    names = [one_line(run.run["submission"]["name"] or run.folder.name, 80) for run in runs]
    places = {(run.run["track"]["name"], run.run["phase"]) for run in runs}
    if len(places) > 1:
        names = [
            f"{name} · {run.run['track']['name']}, {run.run['phase']}"
            for name, run in zip(names, runs, strict=True)
        ]
    both = [(name, run.folder.resolve().name) for name, run in zip(names, runs, strict=True)]
    return [
        name
        if names.count(name) == 1
        else f"{name} ({folder if both.count((name, folder)) == 1 else run.folder})"
        for (name, folder), run in zip(both, runs, strict=True)
    ]
