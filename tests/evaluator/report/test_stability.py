"""The three criteria, on curves whose answers are worked out by hand."""

from __future__ import annotations

import pytest

from evaluator.report.stability import mean_curve, stability


def test_the_three_criteria() -> None:
    curves = {
        1: [(10, 0.1), (20, 0.3), (30, 0.5), (40, 0.6), (50, 0.5)],
        2: [(10, 0.1), (20, 0.5), (30, 0.5), (40, 0.4), (50, 0.5)],
    }
    found = stability(curves, {1: 0.5, 2: 0.4})
    assert found is not None
    # The mean is 0.1, 0.4, 0.5, 0.5, 0.5: it has risen at step 30.
    assert mean_curve(curves) == [(10, 0.1), (20, 0.4), (30, 0.5), (40, 0.5), (50, 0.5)]
    assert found.rising == (10, 20, 30)
    assert found.rising_spread == pytest.approx(2**-0.5 * 0.2 / 3)  # sd of 0.3 and 0.5, and twice 0
    assert found.drop == pytest.approx((0.1 + 0.1) / 2)
    assert found.worst_drop == pytest.approx(0.1)
    assert found.final == (40, 50)
    assert found.final_spread == pytest.approx(2**-0.5 * 0.2 / 2)


def test_the_maximum_may_be_the_final_accuracy() -> None:
    found = stability({1: [(1, 0.2)]}, {1: 0.3})
    assert found is not None
    assert found.drop == 0


def test_one_instance_has_no_spread() -> None:
    found = stability({1: [(1, 0.2), (2, 0.4)], 2: []}, {})
    assert found is not None
    assert found.rising_spread is None and found.final_spread is None
    assert found.drop == 0


def test_only_steps_that_all_instances_have_are_compared() -> None:
    found = stability({1: [(1, 0.0), (2, 0.5), (3, 1.0)], 2: [(2, 0.7)]}, {})
    assert found is not None
    assert found.rising_spread is None  # one common step tells no spread over steps
    assert stability({1: [(1, 0.0)], 2: [(2, 0.7)]}, {}) is not None
    assert stability({1: []}, {}) is None


def test_what_falls_does_not_rise() -> None:
    found = stability({1: [(1, 0.9), (2, 0.1)], 2: [(1, 0.9), (2, 0.2)]}, {})
    assert found is not None
    assert found.rising == () and found.rising_spread is None
    assert found.drop == pytest.approx(0.75)
