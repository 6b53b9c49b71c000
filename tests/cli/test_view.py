"""What a person is told of a run, beside its table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from evaluator.cli.view import _isolation


def told(*records: dict[str, Any]) -> list[str]:
    run: Any = SimpleNamespace(records=list(records))
    return _isolation(run)


def record(layer: str | None, remains: tuple[str, ...] = (), slept: float = 0.0) -> dict[str, Any]:
    return {
        "layer": layer,
        "isolation": {"remains": list(remains)},
        "seconds": {"suspended": slept},
    }


def test_the_least_confined_trial_is_the_one_that_counts() -> None:
    assert told(record("L3"), record("L3")) == ["isolation L3"]
    (line,) = told(record("L3"), record("L1", ("use the network", "read all")))
    assert line.startswith("isolation L1: nothing kept the submission from these: use the network")
    assert "read all" in line


def test_sleep_is_said() -> None:
    assert told(record("L2", slept=2.0)) == ["isolation L2"]
    assert told(record("L2", slept=3600.0), record("L2", slept=60.0))[1] == (
        "the machine slept for 1:01:00, which is not charged"
    )


def test_where_no_supervisor_spoke_nothing_is_said() -> None:
    assert told(record(None)) == []
