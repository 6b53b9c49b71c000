"""What went wrong, with the submission's own words: traceback and log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..reading import StoredRun, name_instances
from ..verdict import alike, in_phase
from .markup import Html, tag
from .page import Section, card
from .result import verdict_badge

MOST = 20
"""Cards of a run; trials that ended in the same way share one."""

LINES = 200
"""Lines of a log that are shown, from its end."""


def failures(runs: Sequence[StoredRun], titles: Sequence[str]) -> Section | None:
    """Return what is known of the trials that are not ok, if there are any."""
    cards = []
    for run, name in zip(runs, titles, strict=True):
        mine = name if len(runs) > 1 else ""
        groups = alike(run.trials.values())
        cards += [_card(trials, mine) for trials in groups[:MOST]]
        if len(groups) > MOST:
            rest = [trial for trials in groups[MOST:] for trial in trials]
            said = f"{', '.join(filter(None, [mine, _instances(rest)]))}: see the table above."
            cards.append(card(tag("p", said), title="Ended in yet other ways"))
    return Section("What failed", tuple(cards)) if cards else None


def _card(trials: Sequence[Mapping[str, Any]], name: str) -> Html:
    verdict, first = trials[0]["verdict"], trials[0]["instance"]["seed"]
    of = f"{name}, " if name else ""
    where = [" (", tag("code", verdict["where"]), ")"] if verdict["where"] else []
    heading = tag("h3", f"{of}{_instances(trials)} ", verdict_badge(verdict["name"]))
    return card(
        heading,
        tag("p", f"{in_phase(verdict['phase']).capitalize()}{verdict['reason']}", *where),
        _fold("Traceback", verdict["traceback"], True),
        _fold(
            f"The end of the log of instance {first}; more of it is in logs/{first}.log",
            trials[0]["log"]["tail"],
            False,
        ),
    )


def _instances(trials: Sequence[Mapping[str, Any]]) -> str:
    return name_instances([trial["instance"]["seed"] for trial in trials])


def _fold(name: str, text: str, unfolded: bool) -> Html | None:
    lines = text.strip().splitlines()
    if not lines:
        return None
    shown = "\n".join(lines[-LINES:])
    return tag("details", tag("summary", name), tag("pre", shown), open=unfolded)
