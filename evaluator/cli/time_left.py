"""How long a run will still take, from what it took so far."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

SOON = 3.0
"""Seconds of a trial before which its steps are too few to say how quick they are."""


class TimeLeft:
    """Estimates the seconds that are left of a run of so many trials.

    A trial that reports its steps goes on as quickly as it went since its first report; one that
    reports none takes as long as those before it did on average. Each trial to come takes as long
    as those before, or else as the first seems to.
    """

    def __init__(
        self, trials: int, shared: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Estimate for so many trials. shared: whether all of them have one budget together."""
        self._clock = clock
        self._trials = trials
        self._shared = shared
        self._taken: list[float] = []
        self._started: float | None = None
        self._budget = math.inf
        self._first: tuple[float, float] | None = None
        self._last: tuple[float, float, float] | None = None

    def start(self, budget: float) -> None:
        """Learn that a trial starts, with so many seconds for it, or for all that are left."""
        self._budget = budget
        self._started, self._first, self._last = self._clock(), None, None

    def step(self, progress: Mapping[str, Any]) -> None:
        """Learn how far it got: `step`, and `total`, which may be None."""
        step, total = progress["step"], progress["total"]
        if total is None or not 0 <= step <= total:
            return
        if self._first is None:
            self._first = self._clock(), step
        self._last = self._clock(), step, total

    def end(self, resumed: bool) -> None:
        """Learn that a trial ended, or that an earlier run's stands for it."""
        if self._started is not None and not resumed:
            self._taken.append(self._clock() - self._started)
        self._trials -= 1
        self._started = None

    def seconds(self) -> float | None:
        """Return the seconds that are left; None while nothing tells."""
        if self._started is None:
            return None
        elapsed = self._clock() - self._started
        usual = sum(self._taken) / len(self._taken) if self._taken else None
        here = self._by_steps()
        if here is None:
            here = None if usual is None or elapsed > usual else usual - elapsed
        if here is None:
            return None
        most = max(0.0, self._budget - elapsed)
        here = min(here, most)
        left = here + (self._trials - 1) * (elapsed + here if usual is None else usual)
        return min(left, most) if self._shared else left

    def _by_steps(self) -> float | None:
        """Return what is left of this trial by its steps alone."""
        if self._first is None or self._last is None:
            return None
        (began, first), (now, step, total) = self._first, self._last
        if step <= first or now - began < SOON:
            return None
        left = (total - step) * (now - began) / (step - first)
        return max(0.0, left - (self._clock() - now))
