"""A series is whole while it is short, and evenly thinned when it is long."""

from __future__ import annotations

from itertools import pairwise

import pytest

from evaluator.series import Series


def filled(count: int, most: int = 100) -> list[int]:
    series = Series(most)
    for number in range(count):
        series.add({"n": number})
        assert series.last == {"n": number}
    return [point["n"] for point in series.points()]


@pytest.mark.parametrize("count", [0, 1, 2, 99, 100])
def test_a_short_one_is_whole(count: int) -> None:
    assert filled(count) == list(range(count))


@pytest.mark.parametrize("count", [101, 102, 200, 201, 1000, 12_345])
def test_a_long_one_is_even_and_ends_with_the_last(count: int) -> None:
    kept = filled(count)
    assert 50 <= len(kept) <= 102
    assert (kept[0], kept[-1]) == (0, count - 1)
    gaps = [b - a for a, b in pairwise(kept)]
    assert len(set(gaps[:-1])) == 1
    assert 1 <= gaps[-1] <= gaps[0]
