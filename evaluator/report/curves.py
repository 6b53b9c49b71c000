"""How it learnt: accuracy of the checkpoints, and what the submission reported of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..reading import StoredRun
from .fields import count, items, mapping, number, percent, points
from .markup import Content, Html, tag
from .page import Section, card, figures, grid
from .stability import Curve, Stability, mean_curve, stability
from .svg import Axis, Plot, key, keyed, thin

MOST = 6
"""Kinds of reported values of a run that are drawn: those that came first."""


def curves(runs: Sequence[StoredRun], titles: Sequence[str]) -> Section | None:
    """Return accuracy over steps, the criteria of stability, and the reported values."""
    found = [{seed: checkpoints(trial) for seed, trial in run.trials.items()} for run in runs]
    highest = max((v for each in found for c in each.values() for _, v in c), default=1.0)
    cards = []
    for run, name, accuracy in zip(runs, titles, found, strict=True):
        of = f", {name}" if len(runs) > 1 else ""
        if any(accuracy.values()):
            cards.append(card(_accuracy(run, accuracy, highest), title=f"Accuracy over steps{of}"))
        kinds = _kinds(run)
        for kind in kinds[:MOST]:
            drawn = _values(run, kind)
            if drawn is not None:
                cards.append(card(drawn, title=f"{kind}{of}"))
        if len(kinds) > MOST:
            said = f"{len(kinds)} kinds of values were reported; the first {MOST} are drawn."
            cards.append(card(tag("p", said, class_="note"), title=f"Other values{of}"))
    return Section("Curves and stability", (grid(cards),)) if cards else None


def checkpoints(trial: Mapping[str, Any]) -> Curve:
    """Return the accuracy after each step at which the submission offered a checkpoint.

    Of several at one step, the last counts.
    """
    found = {}
    for step, accuracy in points(trial, "checkpoints", "step", "accuracy"):
        if 0 <= accuracy <= 1:
            found[int(step)] = accuracy
    return sorted(found.items())


def _accuracy(run: StoredRun, accuracy: Mapping[int, Curve], highest: float) -> Html:
    steps = [step for curve in accuracy.values() for step, _ in curve]
    plot = Plot(
        _steps(0, max(steps)),
        Axis(0.0, min(highest * 1.08, 1.0) or 1.0, "", lambda share: f"{100 * share:.4g} %"),
    )
    marks: list[Content] = []
    names = key(accuracy)
    for seed, curve in accuracy.items():
        if not curve:
            del names[seed]
            continue
        marks.append(plot.line(thin(curve), names[seed], f"instance {seed}"))
        if len(curve) <= 30:
            for step, value in curve:
                says = f"instance {seed}, step {step}: {percent(value)}"
                marks.append(plot.dot((step, value), names[seed], says, 2.5))
    # One that failed has no final accuracy, and its curve may end where the others still rise.
    final = {seed: value for seed, value in run.accuracies.items() if value is not None}
    whole = {seed: curve for seed, curve in accuracy.items() if curve and seed in final}
    mean = mean_curve(whole) if len(whole) > 1 else []
    if mean:
        marks.append(plot.line(thin(mean), "mean", "mean of the instances that are ok"))
    criteria = stability(whole, final)
    drawing = plot.draw("Accuracy over steps, a line an instance", *marks)
    return tag(
        "div",
        keyed(drawing, names, [("mean", "mean")] if mean else []),
        _criteria(criteria, len(whole)) if criteria else None,
    )


def _steps(low: float, high: float) -> Axis:
    """Return an axis of steps, which are whole numbers."""
    return Axis(low, high, "steps", count, max(1, min(5, int(high - low))))


def _criteria(found: Stability, instances: int) -> Html:
    numbers: list[tuple[str, Content]] = [
        ("spread while rising", _points(found.rising_spread)),
        ("maximum minus final", _points(found.drop)),
        ("spread over the final steps", _points(found.final_spread)),
    ]
    rising = f"up to step {found.rising[-1]}" if found.rising else "never"
    ok = "1 instance that is" if instances == 1 else f"{instances} instances that are"
    if found.final:
        where = f"Rising: {rising}. Final: from step {found.final[0]}."
    else:
        where = "They have no steps in common."
    caption = (
        f"In points of accuracy, of the {ok} ok. Spread: standard deviation between instances, "
        f"averaged over steps. {where} The largest drop from the "
        f"maximum to the final accuracy: {_points(found.worst_drop)}."
    )
    return tag("div", figures(numbers), tag("p", caption, class_="note"), class_="criteria")


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f}"


def _kinds(run: StoredRun) -> list[str]:
    """Return the names of what was reported, in the order in which they first came."""
    names: dict[str, None] = {}
    for trial in run.trials.values():
        for report in items(trial.get("progress")):
            names |= dict.fromkeys(mapping(mapping(report).get("values")))
    return list(names)


def _values(run: StoredRun, kind: str) -> Html | None:
    lines: dict[int, list[tuple[float, float]]] = {}
    for seed, trial in run.trials.items():
        line = []
        for report in items(trial.get("progress")):
            step = number(mapping(report).get("step"))
            value = number(mapping(mapping(report).get("values")).get(kind))
            if step is not None and value is not None:
                line.append((step, value))
        if line:
            lines[seed] = sorted(line, key=lambda point: point[0])
    if not lines:
        return None
    every = [point for line in lines.values() for point in line]
    low, high = min(y for _, y in every), max(y for _, y in every)
    room = (high - low or abs(high) or 1.0) * 0.05
    start = 0.0 if 0 <= low <= high / 2 else low - room
    plot = Plot(
        _steps(min(x for x, _ in every), max(x for x, _ in every)),
        Axis(start, high + room, "", lambda value: f"{value:.3g}"),
    )
    colours = key(run.trials)
    marks = [
        plot.line(thin(line), colours[seed], f"instance {seed}") for seed, line in lines.items()
    ]
    drawing = plot.draw(f"{kind} over steps, a line an instance", *marks)
    names = {seed: colours[seed] for seed in lines}
    return keyed(drawing, names, says="As the submission reported it.")
