"""Memory and CPU over time, as the supervisor sampled them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from submission_kit.quantities import format_duration, format_size

from ..reading import StoredRun
from .fields import points
from .markup import Content, Html
from .page import Section, card, grid
from .svg import Axis, Plot, Point, key, keyed, thin

SHORTEST = 0.1
"""Seconds over which CPU time is told as cores: between closer samples its clock is too coarse."""


def usage(runs: Sequence[StoredRun], titles: Sequence[str]) -> Section | None:
    """Return two plots a run, if any of its trials has samples."""
    cards = []
    for run, name in zip(runs, titles, strict=True):
        of = f", {name}" if len(runs) > 1 else ""
        memory = {s: _memory(t) for s, t in run.trials.items()}
        cores = {s: _cores(t) for s, t in run.trials.items()}
        if any(memory.values()):
            cards.append(card(_plot_memory(run, memory), title=f"Memory{of}"))
        if any(cores.values()):
            cards.append(card(_plot_cores(run, cores), title=f"CPU{of}"))
    if not cards:
        return None
    note = (
        "Samples of the whole process tree, twice a second or more; of long trials the record "
        "keeps some, evenly. Where there are more than can be drawn, the first, lowest, highest "
        "and last of each of 150 spans of time are. A peak between two samples is in none of them."
    )
    return Section("Memory and CPU", (grid(cards),), note)


def _memory(trial: Mapping[str, Any]) -> list[Point]:
    return [(at, used) for at, used in points(trial, "samples", "at", "memory")]


def _cores(trial: Mapping[str, Any]) -> list[Point]:
    """Return CPU seconds a second, each over the time since the sample before.

    While a checkpoint is scored CPU time goes on and the charged time does not: where there are
    checkpoints, spans that are shorter than those shortly before are left out.
    """
    samples = points(trial, "samples", "at", "cpu_time")
    paused = _is_paused(trial)
    found: list[Point] = []
    spans: list[float] = []
    for (before, used), (at, cpu_time) in itertools.pairwise(samples):
        spans = [*spans[-8:], at - before]
        if at - before >= (max(0.9 * max(spans), SHORTEST) if paused else SHORTEST):
            found.append((at, max(cpu_time - used, 0.0) / (at - before)))
    return found


def _is_paused(trial: Mapping[str, Any]) -> bool:
    return bool(points(trial, "checkpoints", "at"))


def _plot_memory(run: StoredRun, series: dict[int, list[Point]]) -> Html:
    allowed = float(run.run["rules"]["limits"]["memory"])
    highest = max((used for line in series.values() for _, used in line), default=1.0)
    near = highest > allowed / 3
    top = max(highest * 1.1, allowed * 1.05 if near else 0.0)
    said = "" if near else f"The limit of {format_size(allowed)} is far above."
    axis = Axis(0.0, top, "", lambda size: format_size(size) if size else "0")
    rule = allowed, f"limit {format_size(allowed)}"
    return _draw(series, axis, "Memory over time", said, rule if near else None)


def _plot_cores(run: StoredRun, series: dict[int, list[Point]]) -> Html:
    highest = max((used for line in series.values() for _, used in line), default=1.0)
    axis = Axis(0.0, max(highest * 1.1, 1.1), "", lambda value: f"{value:.3g}")
    paused = any(map(_is_paused, run.trials.values()))
    said = "; not while a checkpoint is scored" if paused else ""
    says = f"CPU seconds a second: cores in use{said}."
    return _draw(series, axis, "CPU over time", says, None)


def _draw(
    series: dict[int, list[Point]],
    axis: Axis,
    label: str,
    said: str,
    rule: tuple[float, str] | None,
) -> Html:
    last = max((line[-1][0] for line in series.values() if line), default=1.0)
    plot = Plot(
        Axis(0.0, last or 1.0, "charged time", lambda t: format_duration(t) if t else "0"), axis
    )
    names = key(series)
    marks: list[Content] = [
        plot.line(thin(line), names[seed], f"instance {seed}")
        for seed, line in series.items()
        if line
    ]
    if rule is not None:
        marks.append(plot.rule(*rule))
    drawing = plot.draw(f"{label}, a line an instance", *marks)
    return keyed(drawing, {seed: names[seed] for seed, line in series.items() if line}, says=said)
