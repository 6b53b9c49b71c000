"""The machine and the versions that a run was measured with."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil


def describe_machine() -> dict[str, Any]:
    """Return processor, cores that may be used, memory in bytes and system."""
    return {
        "cpu": _cpu(),
        "cores": usable_cores(),
        "memory": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
    }


def name_machine(machine: Mapping[str, Any]) -> str:
    """Return processor and cores of what `describe_machine` gave, as far as they are there."""
    cpu, cores = machine.get("cpu"), machine.get("cores")
    known = [cpu] if isinstance(cpu, str) and cpu else []
    return ", ".join(known + [f"{cores} cores"] * isinstance(cores, int))


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load_average() -> float | None:
    """Return how many processes ran or wanted to, on average over the last minute."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def versions(packages: Iterable[str]) -> dict[str, str | None]:
    """Return the versions of Python and of installed packages, None for one that is missing."""
    found: dict[str, str | None] = {"python": sys.version.split()[0]}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    return found


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
