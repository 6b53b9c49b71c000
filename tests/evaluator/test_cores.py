"""A trial is kept on the cores that have the least to do."""

from __future__ import annotations

import os

import pytest

from evaluator import cores


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four cores, in two pairs that share what they compute with."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(cores, "_siblings", lambda core: {core, core ^ 1})
    monkeypatch.setattr(cores, "busy", lambda: {0: 100.0, 1: 300.0, 2: 150.0, 3: 150.0})


def test_the_quietest_are_taken_and_of_pairs_one(machine: None) -> None:
    before = {0: 0.0, 1: 300.0, 2: 100.0, 3: 150.0}  # the first pair had 100 to do, the second 50
    assert cores.quietest(1, before) == [2]
    assert cores.quietest(2, before) == [0, 2]
    assert cores.quietest(3, before) == [0, 2, 3]
    assert cores.quietest(8, before) == [0, 1, 2, 3]


def test_this_machine() -> None:
    if not hasattr(os, "sched_getaffinity"):
        assert cores.quietest(1, {}) is None
        return
    found = cores.quietest(1, cores.busy())
    assert found is not None
    assert set(found) <= os.sched_getaffinity(0)
    assert set(cores.busy()) >= os.sched_getaffinity(0)
