"""Axes have round numbers; thinned lines keep every peak."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.report.svg import Axis, Plot, thin, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.32, 0.37, [0.32, 0.33, 0.34, 0.35, 0.36, 0.37]),
        (0, 7, [0, 2, 4, 6]),
        (3, 3, [3]),
    ],
)
def test_ticks(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


@given(st.floats(-1e12, 1e12), st.floats(0, 1e12))
def test_ticks_lie_within_and_are_few(low: float, span: float) -> None:
    found = ticks(low, low + span)
    assert 1 <= len(found) <= 6
    room = 1e-6 * (abs(low) + span)
    assert all(low - room <= tick <= low + span + room for tick in found)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e6, 1e6)), max_size=3000))
def test_thinned_points_keep_ends_and_peaks(points: list[tuple[float, float]]) -> None:
    points.sort(key=lambda point: point[0])
    kept = thin(points, buckets=20)
    assert len(kept) <= 80
    assert set(kept) <= set(points)
    if points:
        assert (kept[0], kept[-1]) == (points[0], points[-1])
        assert max(y for _, y in kept) == max(y for _, y in points)
        assert min(y for _, y in kept) == min(y for _, y in points)
        assert kept == sorted(kept, key=lambda point: point[0])


def test_what_is_outside_is_drawn_at_the_edge() -> None:
    plot = Plot(Axis(0, 1, "", str), Axis(0, 1, "", str))
    assert plot.at(2, -5) == plot.at(1, 0)
    assert all(map(math.isfinite, plot.at(0.5, 0.5)))
