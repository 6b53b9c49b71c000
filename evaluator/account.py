"""The account of a trial: each limit, what was used of it, who enforced it and how exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .limits import Limits

Entry = dict[str, Any]

NOT_ENFORCED = "not enforced"


def account(limits: Limits, budget: float, ended: Mapping[str, Any]) -> dict[str, Entry]:
    """Set what was allowed beside what was used, with who enforced it and how exactly.

    budget: seconds of wall-clock time that this trial had.
    ended: the supervisor's last word, see `supervise`.
    """
    by, usage = ended["layers"], ended["usage"]
    wall = ended["seconds"]["charged"]
    sampled = f"sampled every {usage['interval']} s or less"
    exact_cpu_time = by.get("cpu_time")
    return {
        "wall": _entry(budget, wall, "s", "supervisor, monotonic clock", "exact"),
        "cpu_time": _entry(
            None,
            usage["cpu_time"],
            "s",
            None,
            f"exact ({exact_cpu_time})" if exact_cpu_time else "lower bound (reaped and sampled)",
        ),
        "memory": _entry(
            limits.memory,
            usage["memory"],
            "B",
            by.get("memory") or f"samples of the tree{_and_data(by)}",
            f"enforced exactly; use {sampled}" if "memory" in by else sampled,
        ),
        "processes": _entry(
            limits.processes,
            usage["processes"],
            "",
            f"samples of the tree{_and_tasks(by)}",
            sampled,
        ),
        "threads": _threads(limits, usage, wall + ended["seconds"]["off_clock"], by),
        "file_size": _entry(limits.file_size, None, "B", by.get("file_size"), "exact"),
        "disk": _entry(limits.disk, usage["disk"], "B", "looks at its folders", "sampled"),
        "files": _entry(limits.files, usage["files"], "", "looks at its folders", "sampled"),
        "output": _entry(
            None,
            ended["log_bytes"],
            "B",
            "supervisor, which keeps the first and the last of it",
            "exact",
        ),
        "network": _entry("none", None, "", by.get("network"), "exact"),
        "reading": _entry("its own and the track's packages", None, "", by.get("files"), "exact"),
        "harness": _entry("out of reach", None, "", by.get("harness"), "exact"),
        "devices": _devices(usage, by),
        "processes_left": _entry(
            0,
            usage["processes_left"],
            "",
            by["cleanup"],
            "exact" if by.get("subreaper") else "as far as samples saw them",
        ),
    }


def remains(ended: Mapping[str, Any]) -> list[str]:
    """Say in plain words what the submission could have done and nobody kept it from."""
    by, found = ended["layers"], []
    if "files" not in by:
        found.append("read whatever its user can read, the images and their labels among it")
        found.append("write wherever its user can write, this program and later trials among it")
    elif by["files"].startswith("Landlock"):
        found.append("connect to a named Unix socket that its user may use, such as a desktop's")
        found.append("see the command lines of other processes")
        found.append("use the files of its user in /dev/shm")
    if "network" not in by:
        found.append("use the network")
    if "harness" not in by:
        found.append("stop or end its supervisor, which spoils the trial but wins nothing")
    if "memory" not in by:
        found.append("hold more memory than allowed between two samples")
    return found


def _entry(allowed: Any, used: Any, unit: str, enforced_by: str | None, quality: str) -> Entry:
    return {
        "allowed": allowed,
        "used": used,
        "unit": unit,
        "enforced_by": enforced_by,
        "quality": quality if enforced_by or used is not None else NOT_ENFORCED,
    }


def _threads(limits: Limits, usage: Mapping[str, Any], wall: float, by: Mapping[str, Any]) -> Entry:
    used = round(usage["cpu_time"] / wall, 2) if wall > 1 else None
    cores = usage["cores"]
    if not cores:
        means, quality = "environment variables", "a hint: the submission can undo it"
    else:
        means = f"cores {', '.join(map(str, cores))}: {by.get('cores')}"
        quality = "exact" if "seccomp" in str(by.get("cores")) else "a hint: as above, and judged"
    return _entry(limits.threads, used, "CPU seconds a second", means, quality)


def _devices(usage: Mapping[str, Any], by: Mapping[str, Any]) -> Entry:
    if "devices" in by:
        return _entry("cpu", usage["devices"], "", by["devices"], "exact")
    drivers = {"drivers": usage["drivers"]}  # mapped, which is a hint and no verdict
    if by.get("sees_devices"):
        means = "samples of open compute devices, and of NVIDIA's list"
        return drivers | _entry("cpu", usage["devices"], "", means, "sampled")
    nobody = _entry("cpu", usage["devices"], "", None, NOT_ENFORCED)
    return drivers | nobody | {"quality": NOT_ENFORCED}


def _and_data(by: Mapping[str, Any]) -> str:
    return "; RLIMIT_DATA a process at twice the limit" if "data" in by else ""


def _and_tasks(by: Mapping[str, Any]) -> str:
    return "; eight threads for each at most" if "tasks" in by else ""
