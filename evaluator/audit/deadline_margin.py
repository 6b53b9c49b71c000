"""Deadline margin: how much of its time does the submission use on this machine?"""

from __future__ import annotations

from evaluator.limits import Limits
from submission_kit.quantities import format_duration

from .finding import Finding

QUESTION = "deadline margin"

TIGHT = 0.8
"""Share of the allowed time above which a slower or busier machine may be too slow."""


def allowed_seconds(limits: Limits, instances: int) -> float:
    """Return the seconds of an instance: its even share where the limit is the whole run's."""
    return limits.wall / instances if limits.scope == "run" else float(limits.wall)


def judge(charged: float, limits: Limits, instances: int) -> Finding:
    """Judge the seconds charged to a trial on one instance.

    instances: how many of them share the limit where it is the whole run's.
    """
    allowed = allowed_seconds(limits, instances)
    numbers = {"charged": round(charged, 4), "allowed": allowed, "share": charged / allowed}
    used = f"{format_duration(charged)} of {format_duration(allowed)} an instance"
    used += f" ({charged / allowed:.1%}) on this machine"
    if charged > allowed:
        wall = format_duration(limits.wall)
        says = f"{used}: {instances} such instances do not fit the run's {wall}"
        return Finding(QUESTION, "fail", says, numbers)
    if charged > TIGHT * allowed:
        return Finding(QUESTION, "warn", f"{used}: a slower one may be too slow", numbers)
    return Finding(QUESTION, "ok", used, numbers)
