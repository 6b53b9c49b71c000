"""Verdicts: how a trial ended, in which phase, and why."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from submission_kit.quantities import format_duration, format_size

Name = Literal[
    "ok",
    "timeout",
    "memory",
    "crash",
    "error",
    "invalid-output",
    "violation",
    "harness-error",
    "interrupted",
]

NAMES: tuple[Name, ...] = get_args(Name)
PHASES = ("", "start", "load", "train", "predict", "exit")

NOT_THE_SUBMISSIONS: tuple[Name, ...] = ("harness-error", "interrupted")
"""Verdicts that say nothing about the submission; such a trial is run again."""


LONG_ENOUGH, TOLERANCE = 10.0, 1.1
"""Seconds from which CPU time is judged, and how far it may be above what was allowed."""


_TOO_MUCH: dict[str, tuple[Name, str]] = {
    "memory": ("memory", "its processes held {used} in {phase}; {allowed} allowed"),
    "processes": ("violation", "{used} processes at once; {allowed} allowed"),
    "disk": ("violation", "its files held {used} on disk; {allowed} allowed"),
    "files": ("violation", "more than {allowed} files; {allowed} allowed"),
    "devices": ("violation", "kept {used} open; this track is CPU only"),
}
"""What may be too much, the verdict, and the words for it."""

FULL = 1_000_000
"""Bytes below which a disk counts as full."""


@dataclass(frozen=True)
class Verdict:
    """How a trial ended.

    phase: `load`, `train`, `predict` or `exit`; `start` where the child never came up, and nothing
        where the supervisor never spoke.
    reason: one sentence for a person; empty for `ok`.
    where: `file:line` in the submission, where one is known.
    traceback: the submission's own, where it raised.
    """

    name: Name
    phase: str
    reason: str = ""
    where: str = ""
    traceback: str = ""


def in_phase(phase: str) -> str:
    """Say in which phase a trial ended, before its reason: `in train: `; nothing where in none."""
    return f"in {phase}: " if phase else ""


def alike(records: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Group the records of the trials that are not ok by how they ended."""
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for record in records:
        verdict = record["verdict"]
        if verdict["name"] != "ok":
            key = tuple(verdict[part] for part in ("name", "phase", "reason", "where"))
            groups.setdefault(key, []).append(record)
    return list(groups.values())


def judge(
    ended: Mapping[str, Any],
    failed: Mapping[str, Any] | None,
    fault: str,
    limits: Mapping[str, Any],
) -> Verdict:
    """Turn the end of a trial into its verdict.

    ended: the supervisor's last word.
    failed: what the child said of its own failure, a hint to be shown.
    fault: what the parent found wrong with the predictions, or nothing.
    limits: what the trial had: the budget `wall` in seconds, the rest as in `limits.Limits`.
    """
    phase = str(ended["phase"])
    cause, detail = ended["cause"], ended["detail"]
    if fault:
        return Verdict("invalid-output", "predict" if phase == "exit" else phase, fault)
    if cause == "finished":
        return _within_threads(ended, limits) or Verdict("ok", "exit")
    if cause in ("failed", "exit") and _disk_is_full(ended):
        reason = "the disk that holds the trial's folders is full; free some space, or set TMPDIR"
        return Verdict("harness-error", phase, reason)
    if cause == "failed" and failed is not None:
        return _failed(failed, phase)
    if cause == "deadline":
        wall = format_duration(limits["wall"])
        return Verdict("timeout", phase, f"stopped in {phase} at the limit of {wall}")
    if cause in _TOO_MUCH:
        name, words = _TOO_MUCH[cause]
        size = format_size if cause in ("memory", "disk") else str
        used = size(int(detail)) if cause != "devices" else detail
        allowed = size(limits[cause]) if cause != "devices" else ""
        return Verdict(name, phase, words.format(used=used, allowed=allowed, phase=phase))
    if cause == "protocol":
        return Verdict("invalid-output", phase, f"broke the protocol of the harness: {detail}")
    if cause == "exit" and phase != "start":
        return Verdict("crash", phase, _how_it_left(ended["status"], phase))
    if cause == "parent-lost":
        return Verdict("interrupted", phase, "interrupted")
    reason = f"the child did not start: {detail or 'see its log'}"
    return Verdict("harness-error", phase, reason)


def say(verdict: Mapping[str, str]) -> str:
    """Say a verdict, as a record has it, in one sentence."""
    phase = f" in {verdict['phase']}" if verdict["phase"] else ""
    said = verdict["reason"] not in ("", verdict["name"])
    reason = f": {verdict['reason']}" if said else ""
    where = f" ({verdict['where']})" if verdict["where"] else ""
    return f"{verdict['name']}{phase}{reason}{where}"


def _disk_is_full(ended: Mapping[str, Any]) -> bool:
    """Whether a write may have failed for want of space: what it fills itself has its own limit."""
    free = ended["disk_free"]
    return free is not None and free < FULL


def _within_threads(ended: Mapping[str, Any], limits: Mapping[str, Any]) -> Verdict | None:
    """Judge the CPU time, where the child was given cores and could leave them for others.

    Where it could not there is nothing to judge, and where no cores can be given, libraries may
    start more threads than anybody told them to.
    """
    kept = "seccomp" in str(ended["layers"].get("cores", "seccomp"))
    # The CPU time counts what checkpoints took too, so their time off the clock counts here.
    wall = ended["seconds"]["charged"] + ended["seconds"]["off_clock"]
    cpu_time = ended["usage"]["cpu_time"]
    if kept or wall < LONG_ENOUGH or cpu_time / wall <= TOLERANCE * limits["threads"]:
        return None
    used, allowed = f"{cpu_time / wall:.2f}", limits["threads"]
    reason = f"left its cores: {used} CPU seconds a second; {allowed} allowed"
    return Verdict("violation", "exit", reason)


def _failed(failed: Mapping[str, Any], phase: str) -> Verdict:
    """Read what the child says of itself; it may say anything."""
    said = failed.get("verdict")
    name: Name = said if said in ("error", "invalid-output", "memory") else "error"
    texts = (failed.get(key) for key in ("message", "where", "traceback"))
    return Verdict(name, phase, *(text if isinstance(text, str) else "" for text in texts))


def _how_it_left(status: int | None, phase: str) -> str:
    if status is None:
        return f"its process vanished in {phase}"
    if status >= 0:
        return f"its process left with status {status} in {phase}, before its result"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = str(-status)
    hint = "; perhaps the system was out of memory" if name == "SIGKILL" else ""
    return f"killed by {name} in {phase}{hint}"
