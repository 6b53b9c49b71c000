"""The hooks do nothing alone, and thin out what comes too fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from submission_kit import checkpoint, hooks, progress


class Listener:
    def __init__(self) -> None:
        self.reports: list[Mapping[str, Any]] = []
        self.steps: list[int] = []

    def progress(self, report: Mapping[str, Any]) -> None:
        self.reports.append(report)

    def checkpoint(self, step: int, predict: Callable[..., Any]) -> None:
        self.steps.append(step)


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    listener = Listener()
    monkeypatch.setattr(hooks, "_listener", listener)
    monkeypatch.setattr(hooks, "_last_report", 0.0)
    yield listener


def test_alone_they_do_nothing() -> None:
    progress(1, 2, loss=float("nan"))
    checkpoint(1, len)


def test_values_that_are_no_numbers_are_left_out(listener: Listener) -> None:
    progress(1, 2, loss=0.5, bad=float("inf"), text="x")  # type: ignore[arg-type]
    assert listener.reports == [{"step": 1, "total": 2, "values": {"loss": 0.5}}]


def test_the_last_step_is_never_dropped(listener: Listener) -> None:
    for step in range(1, 1001):
        progress(step, 1000)
    assert listener.reports[-1]["step"] == 1000
    assert len(listener.reports) < 100


def test_checkpoints_pass(listener: Listener) -> None:
    checkpoint(3, len)
    assert listener.steps == [3]
