"""Which cores a trial is kept on, where the track gives it fewer than there are."""

from __future__ import annotations

import os
from contextlib import suppress


def busy() -> dict[int, float]:
    """Return the time that each core has been busy since the start of the system, in any unit."""
    found = {}
    with suppress(OSError, ValueError), open("/proc/stat") as file:  # noqa: PTH123
        for line in file:
            name, *numbers = line.split()
            if name.startswith("cpu") and name != "cpu":
                idle = sum(map(int, numbers[3:5]))  # idle, and waiting for a disk
                found[int(name[3:])] = float(sum(map(int, numbers[:8])) - idle)
    return found


def quietest(count: int, before: dict[int, float]) -> list[int] | None:
    """Return the cores with the least to do since `before`; None where nothing is kept on cores.

    Cores of their own come before two threads of one core.
    """
    if not hasattr(os, "sched_getaffinity"):
        return None
    left = os.sched_getaffinity(0)
    now = busy()
    work = {core: now.get(core, 0.0) - before.get(core, 0.0) for core in left}
    chosen: list[int] = []
    for _ in range(min(count, len(left))):
        taken = {sibling for core in chosen for sibling in _siblings(core)}
        load = {core: sum(work.get(sibling, 0.0) for sibling in _siblings(core)) for core in left}
        best = min((core in taken, load[core], core) for core in left)[2]
        left = left - {best}
        chosen.append(best)
    return sorted(chosen)


def _siblings(core: int) -> set[int]:
    """Return the threads of a core's own physical core, itself among them."""
    found = {core}
    path = f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list"
    with suppress(OSError, ValueError), open(path) as file:  # noqa: PTH123
        for part in file.read().strip().split(","):
            first, _, last = part.partition("-")
            found.update(range(int(first), int(last or first) + 1))
    return found
