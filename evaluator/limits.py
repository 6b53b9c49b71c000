"""Limits: what a trial may use, and, when it is over, what it used and who saw to that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from submission_kit.yamlfile import Count, Duration, Size

Scope = Literal["run", "instance"]


@dataclass(frozen=True)
class Limits:
    """What a trial may use.

    wall: seconds of wall-clock time, of the whole run or of each instance as `scope` says.
    memory: bytes of the whole process tree.
    processes: of the tree, at any moment.
    threads: what libraries are told to use.
    file_size: bytes of any one file that the submission writes.
    """

    wall: Duration = Duration(7200.0)
    scope: Scope = "run"
    memory: Size = Size(8_000_000_000)
    processes: Count = Count(256)
    threads: Count = Count(2)
    file_size: Size = Size(2_000_000_000)


def account(limits: Limits, budget: float, ended: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Set what was allowed beside what was used, with who enforced it and how exactly.

    budget: seconds of wall-clock time that this trial had.
    ended: the supervisor's last word, see `supervise`.
    """
    layers = ended["layers"]
    usage = ended["usage"]
    wall = ended["seconds"]["charged"]
    return {
        "wall": {
            "allowed": budget,
            "used": wall,
            "unit": "s",
            "enforced_by": "supervisor, monotonic clock",
            "quality": "exact",
        },
        "cpu_time": {
            "allowed": None,
            "used": usage["cpu_time"],
            "unit": "s",
            "enforced_by": None,
            "quality": "lower bound (reaped processes and samples)",
        },
        "memory": {
            "allowed": limits.memory,
            "used": usage["memory"],
            "unit": "B",
            "enforced_by": f"samples of the tree{_and(layers, 'data', 'RLIMIT_DATA a process')}",
            "quality": f"sampled every {usage['interval']} s or less",
        },
        "processes": {
            "allowed": limits.processes,
            "used": usage["processes"],
            "unit": "",
            "enforced_by": "samples of the tree",
            "quality": f"sampled every {usage['interval']} s or less",
        },
        "threads": {
            "allowed": limits.threads,
            "used": round(usage["cpu_time"] / wall, 2) if wall > 1 else None,
            "unit": "CPU seconds a second",
            "enforced_by": "environment variables",
            "quality": "a hint: the submission can undo it",
        },
        "file_size": {
            "allowed": limits.file_size,
            "used": None,
            "unit": "B",
            "enforced_by": layers.get("file_size"),
            "quality": "exact" if "file_size" in layers else "not enforced",
        },
        "output": {
            "allowed": None,
            "used": ended["log_bytes"],
            "unit": "B",
            "enforced_by": "supervisor, which keeps the first and the last of it",
            "quality": "exact",
        },
        "network": {
            "allowed": None,
            "used": None,
            "unit": "",
            "enforced_by": None,
            "quality": "not enforced",
        },
        "devices": {
            "allowed": "cpu",
            "used": usage["devices"],
            "unit": "",
            "enforced_by": "samples of open compute devices" if layers.get("devices") else None,
            "quality": "sampled" if layers.get("devices") else "not enforced",
        },
        "processes_left": {
            "allowed": 0,
            "used": usage["processes_left"],
            "unit": "",
            "enforced_by": layers["cleanup"],
            "quality": "exact" if layers.get("subreaper") else "as far as samples saw them",
        },
    }


def _and(layers: Mapping[str, Any], name: str, words: str) -> str:
    return f"; {words} at twice the limit" if name in layers else ""
