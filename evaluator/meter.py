"""The meter: what a trial uses, look by look, and what it has too much of."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .accelerators import computing, driver_libraries
from .disk import Usage, usage
from .isolation.confine import Confined
from .processes import Tree
from .shared_memory import SharedMemory, size_inside

FAST, SLOW, NEAR = 0.25, 0.5, 0.05
"""Seconds between looks: in the first ten seconds, later, and near the memory limit."""

DISK_INTERVAL, DISK_SHARE = 1.0, 0.01
"""Seconds between two looks at the disk, or more, so that they take no larger share of the time."""

DRIVERS_INTERVAL = 10.0
"""Seconds between two looks for accelerators that open files do not show."""

Excess = tuple[str, str]
"""What there is too much of, by the name of its limit, and how much, for a person."""


class Meter:
    """Measures one trial's tree.

    job: see `trial`; confined: how its child was started.
    """

    def __init__(
        self, job: Mapping[str, Any], tree: Tree, confined: Confined, shared_memory: SharedMemory
    ) -> None:
        self._limits, self._own = job["limits"], job["own"]
        self._tree, self._confined, self._shared_memory = tree, confined, shared_memory
        self._group = confined.group
        self._peak = {"memory": 0, "processes": 0, "disk": 0, "files": 0}
        self._live_cpu = 0.0
        self._disk = Usage()
        self._next_look_at_disk = self._next_look_for_drivers = 0.0
        self._devices: frozenset[str] = frozenset()
        self._drivers: set[str] = set()

    def look(
        self, now: float, charged: float, reaped_cpu: float
    ) -> tuple[dict[str, Any], float, Excess | None]:
        """Measure now; return the sample, the seconds to the next look, and any excess.

        charged: seconds on the trial's clock; reaped_cpu: CPU seconds of those that have ended.
        """
        group, limits = self._group, self._limits
        seen = self._tree.sample(0 if group else self._shared())
        disk = self._look_at_disk(now, seen.unlinked)
        used = {
            "memory": (group.memory() if group else None) or seen.memory,
            "processes": max(0, seen.processes - self._confined.wrappers),
            "disk": disk.size,
            "files": disk.files,
        }
        for name, value in used.items():
            self._peak[name] = max(self._peak[name], value)
        self._live_cpu = max(self._live_cpu, seen.cpu_time)
        exact = group.cpu_time() if group else None
        cpu_time = reaped_cpu + seen.cpu_time if exact is None else exact
        sample = {
            "memory": used["memory"],
            "cpu_time": round(cpu_time, 2),
            "processes": used["processes"],
        }
        devices = frozenset(seen.devices) | self._look_for_drivers(now)
        # Once may be a library that looks what there is; twice is one that stays.
        repeated, self._devices = devices & self._devices, devices
        near = used["memory"] > 0.7 * limits["memory"] and not group
        interval = NEAR if near else FAST if charged < 10 else SLOW
        for name, value in used.items():
            if value > limits[name]:
                return sample, interval, (name, f"{value}")
        if group and group.was_out_of_memory():
            return sample, interval, ("memory", f"{limits['memory']}")
        if repeated:
            return sample, interval, ("devices", ", ".join(sorted(repeated)))
        return sample, interval, None

    def usage(self, reaped_cpu: float, reaped_memory: int) -> dict[str, Any]:
        """Return what was used in all.

        reaped_cpu, reaped_memory: CPU seconds, and the most bytes of any one, of those that ended.
        """
        exact = self._group.cpu_time() if self._group else None
        return {
            **self._peak,
            "memory": max(self._peak["memory"], reaped_memory),
            "processes": max(1, self._peak["processes"]),
            "cpu_time": round(max(reaped_cpu, self._live_cpu) if exact is None else exact, 3),
            "devices": sorted(self._devices),
            "drivers": sorted(self._drivers),
            "interval": SLOW,
        }

    def _look_at_disk(self, now: float, unlinked: int) -> Usage:
        """Measure the private folders, so seldom that it costs little."""
        if now >= self._next_look_at_disk:
            self._disk = usage(self._own, self._limits["files"])
            took = time.monotonic() - now
            self._next_look_at_disk = now + max(DISK_INTERVAL, took / DISK_SHARE)
        return self._disk._replace(size=self._disk.size + unlinked)

    def _look_for_drivers(self, now: float) -> frozenset[str]:
        """Return who NVIDIA's driver says computes, and note what libraries are mapped."""
        if "devices" in self._confined.enforced:  # out of reach
            return frozenset()
        if now < self._next_look_for_drivers:
            return self._devices & {_BY_DRIVER}
        self._next_look_for_drivers = now + DRIVERS_INTERVAL
        pids = {process.pid for process in self._tree.members()}
        self._drivers |= driver_libraries(pids)
        return frozenset({_BY_DRIVER} if pids & computing() else ())

    def _shared(self) -> int:
        """Return the bytes in the trial's /dev/shm."""
        if not self._confined.wrappers:
            return self._shared_memory.size()
        return size_inside(process.pid for process in self._tree.members())


_BY_DRIVER = "a GPU, as NVIDIA's driver says,"
