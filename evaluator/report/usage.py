"""Memory and CPU over time, as the supervisor sampled them."""

from __future__ import annotations

from collections.abc import Sequence

from submission_kit.quantities import format_duration, format_size

from ..reading import StoredRun
from .fields import points
from .markup import Content, Html
from .page import Section, card, grid
from .svg import Axis, Plot, Point, colour, figure, legend, thin

SHORTEST = 0.25
"""Seconds over which CPU time is told as cores: between closer samples the clock is too coarse."""


def usage(runs: Sequence[StoredRun], titles: Sequence[str]) -> Section | None:
    """Return two plots a run, if any of its trials has samples."""
    cards = []
    for run, name in zip(runs, titles, strict=True):
        of = f", {name}" if len(runs) > 1 else ""
        memory = {s: _memory(t) for s, t in run.trials.items()}
        cores = {s: _cores(t) for s, t in run.trials.items()}
        if any(memory.values()):
            cards.append(card(_plot_memory(run, memory), title=f"Memory{of}"))
            cards.append(card(_plot_cores(run, cores), title=f"CPU{of}"))
    if not cards:
        return None
    note = (
        "Samples of the whole process tree, twice a second or more. Where there are more than can "
        "be drawn, the first, lowest, highest and last of each of 150 spans of time are."
    )
    return Section("Memory and CPU", (grid(cards),), note)


def _memory(trial: object) -> list[Point]:
    return [(at, used) for at, used in points(trial, "samples", "at", "memory")]  # type: ignore[arg-type]


def _cores(trial: object) -> list[Point]:
    """Return CPU seconds a second, each over the time since the last point."""
    samples = points(trial, "samples", "at", "cpu_time")  # type: ignore[arg-type]
    found: list[Point] = []
    if samples:
        before, used = samples[0]
        for at, cpu_time in samples[1:]:
            if at - before >= SHORTEST:
                found.append((at, max(cpu_time - used, 0.0) / (at - before)))
                before, used = at, cpu_time
    return found


def _plot_memory(run: StoredRun, series: dict[int, list[Point]]) -> Html:
    allowed = float(run.run["rules"]["limits"]["memory"])
    highest = max((used for line in series.values() for _, used in line), default=1.0)
    near = highest > allowed / 3
    top = max(highest * 1.1, allowed * 1.05 if near else 0.0)
    said = "" if near else f"The limit of {format_size(allowed)} is far above. "
    axis = Axis(0.0, top, "", format_size)
    rule = allowed, f"limit {format_size(allowed)}"
    return _draw(series, axis, "Memory over time", said, rule if near else None)


def _plot_cores(run: StoredRun, series: dict[int, list[Point]]) -> Html:
    highest = max((used for line in series.values() for _, used in line), default=1.0)
    axis = Axis(0.0, max(highest * 1.1, 1.1), "", lambda value: f"{value:.3g}")
    return _draw(series, axis, "CPU over time", "CPU seconds a second: cores in use. ", None)


def _draw(
    series: dict[int, list[Point]],
    axis: Axis,
    label: str,
    said: str,
    rule: tuple[float, str] | None,
) -> Html:
    last = max((line[-1][0] for line in series.values() if line), default=1.0)
    plot = Plot(Axis(0.0, last or 1.0, "charged time", format_duration), axis)
    marks: list[Content] = [
        plot.line(thin(line), colour(i), f"instance {seed}")
        for i, (seed, line) in enumerate(series.items())
        if line
    ]
    if rule is not None:
        marks.append(plot.rule(*rule))
    drawing = plot.draw(f"{label}, a line an instance", *marks)
    return (
        figure(drawing, said + "A line an instance.")
        if len(series) > 8
        else _keyed(drawing, series, said)
    )


def _keyed(drawing: Html, series: dict[int, list[Point]], said: str) -> Html:
    from .markup import tag

    names = [(colour(i), f"instance {seed}") for i, seed in enumerate(series)]
    return tag("div", figure(drawing, said or None), legend(names))
