"""What came of it: the accuracy of each run, its spread and interval, and every instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from submission_kit.quantities import format_duration, format_size

from ..reading import StoredRun
from ..scoring import Score, score_run
from ..verdict import NOT_THE_SUBMISSIONS, in_phase
from .fields import mapping, number, percent, seconds, text
from .markup import Content, Html, join, tag
from .page import Section, badge, card, figures, grid
from .svg import RIGHT, WIDTH, Axis, canvas, colour, figure, title
from .tables import Cell, Column, table
from .timing import charged, timing

ROW = 48
"""Height of a run in the plot of several."""


def result(runs: Sequence[StoredRun], titles: Sequence[str]) -> Section:
    """Return the section that stands first."""
    content: list[Content] = []
    content.append(card(_headline(runs[0])) if len(runs) == 1 else _board(runs, titles))
    strip = _strip(runs, titles)
    cards = [card(strip, title="Accuracy")] if strip is not None else []
    content.append(grid([*cards, *timing(runs, titles)]))
    for run, name in zip(runs, titles, strict=True):
        instances = _instances(run, name)
        if len(runs) > 1:  # what is fine in each is seen above already
            fell_short = any(accuracy is None for accuracy in run.accuracies.values())
            heading = tag("summary", f"Instances of {name}")
            instances = tag("details", heading, instances, open=fell_short, class_="above")
        content.append(instances)
    return Section("Result", tuple(content), _how_they_compare(runs))


def _how_they_compare(runs: Sequence[StoredRun]) -> Content:
    if len(runs) == 1:
        return None
    if len({(run.run["track"]["digest"], run.run["phase"]) for run in runs}) > 1:
        return (
            "Not all of these runs are of the same rules and phase, so what stands side by side "
            "may not compare: other images, another time, other limits."
        )
    command = tag("code", "subkit compare")
    return join(
        ["Intervals that overlap do not say that two are equal; ", command, " judges that."]
    )


def verdict_badge(name: str) -> Html:
    """Return a verdict as it stands in tables."""
    kind = "ok" if name == "ok" else "warn" if name in NOT_THE_SUBMISSIONS else "bad"
    return badge(name, kind)


def run_score(run: StoredRun) -> Score:
    """Return what the metric makes of a run."""
    return score_run(run.accuracies, run.run["rules"]["instances"])


def counts(run: StoredRun) -> str:
    """Say how the instances ended: `5 ok`, `3 ok, 2 timeout`."""
    names = [trial["verdict"]["name"] for trial in run.trials.values()]
    said = [f"{names.count(name)} {name}" for name in dict.fromkeys(sorted(names, key=_ok_first))]
    missing = len(run.seeds) - len(run.trials)
    return ", ".join(said + [f"{missing} missing"] * (missing > 0)) or "none"


def _ok_first(name: str) -> tuple[bool, str]:
    return name != "ok", name


def _headline(run: StoredRun) -> Html:
    score, limits = run_score(run), run.run["rules"]["limits"]
    used = charged(run)
    rest: list[tuple[str, Content]] = []
    if score.ok is None:
        main: tuple[str, Content] = ("no instance is ok", "no score")
    elif score.value is None:
        main = (_why_none(run, score), percent(score.ok.mean))
    else:
        main = ("mean accuracy", percent(score.value))
    if score.ok is not None and score.ok.sd is not None:
        rest.append(("standard deviation", f"± {100 * score.ok.sd:.2f}"))
        rest.append(("95 % t interval of the mean", _interval(score)))
    rest.append(("instances", counts(run)))
    whole = limits["scope"] == "run"
    spent = (sum if whole else max)(used.values() or [0.0])
    of = tag("small", f" of {format_duration(limits['wall'])}")
    rest.append(("time" if whole else "longest instance", tag("span", format_duration(spent), of)))
    peak = max((number(_used(t, "memory")) or 0.0 for t in run.trials.values()), default=0.0)
    if peak:
        of = tag("small", f" of {format_size(limits['memory'])}")
        rest.append(("peak memory", tag("span", format_size(peak), of)))
    return figures([main, *rest], headline=True)


def _why_none(run: StoredRun, score: Score) -> str:
    assert score.ok is not None
    if score.ok.n < len(run.seeds):
        are = f"{score.ok.n} instances that are" if score.ok.n > 1 else "one instance that is"
        return f"mean of the {are} ok; no score"
    total = run.run["rules"]["instances"]
    return f"mean of {score.ok.n} of the track's {total} instances; no score yet"


def _interval(score: Score) -> str:
    assert score.ok is not None
    low, high = score.ok.interval or (score.ok.mean, score.ok.mean)
    return f"{100 * low:.2f} to {percent(high)}"


def _used(trial: Mapping[str, Any], limit: str) -> Any:
    return mapping(trial["limits"].get(limit)).get("used")


def _board(runs: Sequence[StoredRun], titles: Sequence[str]) -> Html:
    """Return a line a run."""
    columns: list[Column | str] = [
        "run",
        "team",
        Column("mean accuracy", True),
        Column("± sd", True),
        Column("95 % t interval", True),
        "instances",
        Column("time", True),
    ]
    rows: list[list[Cell | Content]] = []
    for run, name in zip(runs, titles, strict=True):
        used = sum(charged(run).values())
        time = Cell(format_duration(used), used)
        team = run.run["submission"]["team"]
        rows.append([name, team, *_mean_cells(run_score(run)), counts(run), time])
    return table(columns, rows, "The runs")


def _mean_cells(score: Score) -> list[Cell | Content]:
    """Return mean, standard deviation and interval as they stand in the table of several runs."""
    if score.ok is None:
        return [Cell("no score"), None, None]
    mean, sd = score.ok.mean, score.ok.sd
    said = percent(mean) + ("" if score.value is not None else " (no score)")
    if sd is None:
        return [Cell(said, mean), None, None]
    return [Cell(said, mean), Cell(f"{100 * sd:.2f}", sd), Cell(_interval(score), mean)]


def _strip(runs: Sequence[StoredRun], titles: Sequence[str]) -> Content:
    """Draw every instance as a dot, with the mean and its interval: of one run, or a run a row."""
    scores = [run_score(run) for run in runs]
    values = [value for run in runs for value in run.accuracies.values() if value is not None]
    if not values:
        return None
    for score in scores:
        if score.ok is not None:
            values += score.ok.interval or ()
    low, high = min(values), max(values)
    room = max((high - low) * 0.08, 0.005)
    axis = Axis(max(low - room, 0.0), min(high + room, 1.0), "", _axis_percent, 6)
    if len(runs) == 1:
        drawing = _rows(runs[0], scores[0], axis)
        return figure(drawing, _says(scores))
    bottom = 8 + len(runs) * ROW
    marks: list[Content] = [_ruler(axis, 16, bottom)]
    for i, (run, name, score) in enumerate(zip(runs, titles, scores, strict=True)):
        y = 8 + ROW * (i + 1) - 17
        marks.append(tag("text", name[:70], x=16, y=y - 18, class_="name"))
        marks.append(_mean(score, axis, 16, (y - 9, y + 9), colour(i)))
        for seed, value in run.accuracies.items():
            if value is not None:
                marks.append(_dot(axis, 16, value, y, colour(i), f"instance {seed}"))
    drawing = canvas("Accuracy of every instance of every run", WIDTH, bottom + 26, *marks)
    return figure(drawing, _says(scores))


def _says(scores: Sequence[Score]) -> str:
    said = "Dots: instances. Line: the mean of those that are ok."
    drawn = any(score.ok is not None and score.ok.interval is not None for score in scores)
    return f"{said} Band: its 95 % t interval." if drawn else said


def _rows(run: StoredRun, score: Score, axis: Axis) -> Html:
    """Draw an instance a row."""
    left, row = 34, 26
    bottom = 8 + row * len(run.seeds)
    marks: list[Content] = [_ruler(axis, left, bottom), _mean(score, axis, left, (4, bottom), "s0")]
    for i, (seed, value) in enumerate(run.accuracies.items()):
        y = 8 + row * i + row // 2
        marks.append(tag("text", str(seed), x=left - 10, y=y + 4, class_="end"))
        if value is None:
            marks.append(tag("text", "no score", x=left + 8, y=y + 4))
            continue
        marks.append(_dot(axis, left, value, y, "s0", f"instance {seed}"))
        x = axis.place(value, left, WIDTH - RIGHT)
        side = ("end", -11) if x > WIDTH - 90 else (None, 11)
        words = percent(value)
        marks.append(tag("text", words, x=f"{x + side[1]:.1f}", y=y + 4, class_=f"name {side[0]}"))
    return canvas("Accuracy of every instance", WIDTH, bottom + 26, *marks)


def _ruler(axis: Axis, left: int, bottom: int) -> Html:
    marks = []
    for value in axis.ticks:
        x = f"{axis.place(value, left, WIDTH - RIGHT):.1f}"
        marks.append(tag("path", d=f"M{x} 4V{bottom}", class_="grid-line"))
        marks.append(tag("text", _axis_percent(value), x=x, y=bottom + 17, class_="middle"))
    return tag("g", *marks, aria_hidden="true")


def _mean(score: Score, axis: Axis, left: int, rows: tuple[int, int], kind: str) -> Html | None:
    """Draw the mean as a line and its interval as a band."""
    if score.ok is None:
        return None
    top, bottom = rows
    band = None
    if score.ok.interval is not None:
        a, b = (axis.place(end, left, WIDTH - RIGHT) for end in score.ok.interval)
        band = tag(
            "rect",
            title(f"95 % t interval {_interval(score)}"),
            x=f"{a:.1f}",
            y=top,
            width=f"{b - a:.1f}",
            height=bottom - top,
            rx=4,
            class_=f"band {kind}",
        )
    x = f"{axis.place(score.ok.mean, left, WIDTH - RIGHT):.1f}"
    says = title(f"mean {percent(score.ok.mean)}")
    line = tag("path", says, d=f"M{x} {top - 3}V{bottom + 3}", class_=f"whisker {kind}")
    return tag("g", band, line)


def _dot(axis: Axis, left: int, value: float, y: int, kind: str, name: str) -> Html:
    x = f"{axis.place(value, left, WIDTH - RIGHT):.1f}"
    says = title(f"{name}: {percent(value)}")
    return tag("circle", says, cx=x, cy=y, r=4.5, class_=f"dot {kind}")


def _axis_percent(value: float) -> str:
    return f"{100 * value:.4g} %"


def _instances(run: StoredRun, name: str) -> Html:
    columns: list[Column | str] = [
        Column("instance", True),
        "verdict",
        Column("accuracy", True),
        Column("load", True),
        Column("train", True),
        Column("predict", True),
        Column("charged", True, "wall-clock time that counts, without checkpoints"),
        Column("peak memory", True),
        "reason",
    ]
    rows = [_row(run, seed) for seed in run.seeds]
    if not any(isinstance(row[-1], Cell) and row[-1].content for row in rows):  # all are ok
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return table(columns, rows, f"Instances of {name}")


def _row(run: StoredRun, seed: int) -> list[Cell | Content]:
    trial = run.trials.get(seed)
    if trial is None:
        broken = any(each.path.name == f"{seed}.json" for each in run.left_out)
        said = "its record is left out" if broken else "no record: the run did not finish it"
        return [seed, Cell(badge("missing", "warn"), "missing"), *[None] * 6, Cell(said)]
    took, verdict, memory = trial["seconds"], trial["verdict"], number(_used(trial, "memory"))
    accuracy = trial["accuracy"]
    times = [number(took.get(phase)) for phase in ("load", "train", "predict", "charged")]
    reason = text(verdict["reason"])
    where = f" ({verdict['where']})" if verdict["where"] else ""
    return [
        seed,
        Cell(verdict_badge(verdict["name"]), verdict["name"]),
        Cell("" if accuracy is None else percent(accuracy), accuracy),
        *(Cell(seconds(value), value) for value in times),
        Cell(format_size(memory) if memory else "", memory),
        Cell(f"{in_phase(verdict['phase'])}{reason}{where}" if reason else "", kind="long"),
    ]
