"""Load, train and predict of each instance, against the limit."""

from __future__ import annotations

from collections.abc import Sequence

from submission_kit.quantities import format_duration

from ..reading import StoredRun
from .fields import number, percent, seconds
from .markup import Content, Html, tag
from .page import card
from .svg import WIDTH, canvas, figure, legend, title

NEAR = 0.8
"""The share of the limit from which the use of it is drawn as a warning."""

PHASES = (("load", "s7"), ("train", "s0"), ("predict", "s1"))
LEFT, RIGHT, ROW = 34, 76, 26


def charged(run: StoredRun) -> dict[int, float]:
    """Return the seconds of wall-clock time that each trial used of its limit."""
    return {seed: float(trial["limits"]["wall"]["used"]) for seed, trial in run.trials.items()}


def timing(runs: Sequence[StoredRun], titles: Sequence[str]) -> list[Html]:
    """Return a card a run, all to the same scale."""
    longest = max((max(charged(run).values(), default=0.0) for run in runs), default=0.0)
    of = [f", {name}" if len(runs) > 1 else "" for name in titles]
    return [
        card(_of_run(run, longest), title=f"Time against the limit{name}")
        for run, name in zip(runs, of, strict=True)
    ]


def _of_run(run: StoredRun, longest: float) -> Html:
    limits, used = run.run["rules"]["limits"], charged(run)
    whole = limits["scope"] == "run"
    spent = sum(used.values()) if whole else max(used.values(), default=0.0)
    share = spent / limits["wall"]
    what = "the whole run" if whole else "the longest instance"
    said = f"{format_duration(spent)} of {format_duration(limits['wall'])} for {what}"
    said = f"{said} ({percent(share, 1)})"
    return figure(
        tag("div", _meter(share, said), _bars(run, longest), legend([(c, n) for n, c in PHASES])),
        f"{said}. On top the limit; below the instances, to the scale of the longest.",
    )


def _meter(share: float, says: str) -> Html:
    width = WIDTH - RIGHT - LEFT
    filled = max(min(share, 1.0) * width, 2.0)
    kind = "bar s0" if share <= NEAR else "bar over"
    return canvas(
        says,
        WIDTH,
        26,
        tag("rect", x=LEFT, y=6, width=width, height=10, rx=5, class_="meter"),
        tag(
            "rect",
            x=LEFT,
            y=6,
            width=f"{filled:.1f}",
            height=10,
            rx=min(5.0, filled / 2),
            class_=kind,
        ),
        tag("text", percent(share, 1), x=WIDTH - RIGHT + 8, y=15, class_="strong"),
    )


def _bars(run: StoredRun, longest: float) -> Html:
    marks: list[Content] = []
    for i, (seed, trial) in enumerate(run.trials.items()):
        y, x = 4 + ROW * i, float(LEFT)
        marks.append(tag("text", str(seed), x=LEFT - 10, y=y + 15, class_="end"))
        for phase, kind in PHASES:
            took = number(trial["seconds"].get(phase))
            if took and longest:
                width = took / longest * (WIDTH - RIGHT - LEFT)
                says = title(f"instance {seed}, {phase}: {seconds(took)}")
                marks.append(
                    tag(
                        "rect",
                        says,
                        x=f"{x:.1f}",
                        y=y + 3,
                        width=f"{width:.1f}",
                        height=16,
                        class_=f"bar {kind}",
                    )
                )
                x += width
        total = number(trial["seconds"].get("charged"))
        marks.append(tag("text", seconds(total), x=f"{x + 8:.1f}", y=y + 15, class_="name"))
    height = 8 + ROW * len(run.trials)
    return canvas("Load, train and predict time of each instance", WIDTH, height, *marks)
