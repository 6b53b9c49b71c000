"""`progress` and `checkpoint`: what a submission may tell the harness while it trains.

Both are optional, and both do nothing outside the harness, so that the same code runs anywhere.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

MIN_INTERVAL = 0.02
"""Seconds between two progress reports; a faster one is dropped, unless it is the last step's."""


class Listener(Protocol):
    """What the harness puts behind the hooks, inside the child."""

    def progress(self, report: Mapping[str, Any]) -> None:
        """Pass on one report: `step`, `total` and `values`."""
        ...

    def checkpoint(self, step: int, predict: Callable[..., Any]) -> None:
        """Have an intermediate model scored."""
        ...


_listener: Listener | None = None
_last_report = -math.inf


def progress(step: int, total: int | None = None, **values: float) -> None:
    """Report that `step` of `total` steps is done, with values for the curves (`loss=…`).

    Values that are no finite numbers are left out.
    """
    global _last_report  # noqa: PLW0603 - one child, one listener, one clock
    if _listener is None:
        return
    now = time.monotonic()
    if now - _last_report < MIN_INTERVAL and step != total:
        return
    _last_report = now
    numbers = {name: _number(value) for name, value in values.items()}
    _listener.progress(
        {
            "step": int(step),
            "total": None if total is None else int(total),
            "values": {name: number for name, number in numbers.items() if number is not None},
        }
    )


def checkpoint(step: int, predict: Callable[..., Any]) -> None:
    """Let the harness score `predict` as it is after `step` steps.

    The harness calls `predict` with test images and compares in its own process, so no label comes
    here. The time taken is not charged. Only the development phase does this; elsewhere the call
    returns at once.
    """
    if _listener is not None:
        _listener.checkpoint(int(step), predict)


def _listen(listener: Listener) -> None:
    """Put the harness behind the hooks: for the child alone."""
    global _listener  # noqa: PLW0603
    _listener = listener


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
