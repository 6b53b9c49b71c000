"""What a trial shows that no syntax tree can. The evaluator runs it; here it becomes findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from submission_kit.findings import Severity
from submission_kit.quantities import format_duration

from .rule import Found, document

TIGHT = 0.8
"""Share of the allowed time above which a slower or busier machine may be too slow."""


@dataclass(frozen=True)
class Ended:
    """How a smoke trial ended.

    where: `file:line` in the submission, where it is known.
    """

    verdict: str
    phase: str
    reason: str
    where: str = ""


@dataclass(frozen=True)
class Projection:
    """The time that the whole run is expected to take.

    seconds: expected; None where nothing measured tells.
    allowed: for the whole run.
    based_on: what it was reckoned from, in words.
    """

    seconds: float | None
    allowed: float
    based_on: str


def does_not_run(ended: Ended) -> Iterator[Found]:
    """A smoke trial that does not end ok.

    One small instance, under the track's limits and confined as on the server. What fails here
    fails there.

    Mend: `subkit score --smoke` shows the traceback and the log.
    """
    if ended.verdict == "ok":
        return
    name, _, line = ended.where.rpartition(":")
    number = int(line) if line.isdecimal() and len(line) < 8 else 0
    phase = f" in {ended.phase}" if ended.phase else ""
    yield Found(name if number else "", f"{ended.verdict}{phase}: {ended.reason}", number)


def time_of_the_run(projection: Projection) -> Iterator[Found]:
    """The time that the whole run is expected to take, against the limit.

    It is an error above the limit, a warning above four fifths of it, else for your information.
    Another machine is faster or slower.

    Mend: Train less, or take the argument `deadline` and stop before it.
    """
    if projection.seconds is None:
        message = f"the run's time is not known: {projection.based_on}"
        yield Found("", message, severity="note", mend="")
        return
    share = projection.seconds / projection.allowed
    says = f"about {format_duration(projection.seconds)} of {format_duration(projection.allowed)}"
    message = f"{says} for the whole run ({share:.0%}), {projection.based_on}"
    if share > 1:
        yield Found("", message, severity="error")
    elif share > TIGHT:
        yield Found("", message, severity="warning")
    else:
        yield Found("", message, severity="note", mend="")


def audit_answer(answers: Iterable[tuple[str, str, str]]) -> Iterator[Found]:
    """An audit that does not go well: transduction, determinism, leaks, seed use, margin.

    docs/audits.md says what each asks, and what an answer means.

    Mend: `subkit audit` shows every answer.
    """
    severities: dict[str, Severity] = {"fail": "error", "warn": "warning", "skipped": "note"}
    for question, status, says in answers:
        if status in severities:
            yield Found("", f"{question}: {says}", severity=severities[status])


RUNS = document("R601", "error", does_not_run)
TIME = document("R602", "note", time_of_the_run)
AUDIT = document("R603", "warning", audit_answer)
