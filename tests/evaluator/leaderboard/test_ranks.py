"""Ranks: shared where nothing is shown, and seldom wrong where something is."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from evaluator.leaderboard.ranks import rank
from evaluator.paired import LEVEL, holm, t_test

LUCK = np.array([0.02, -0.01, 0.03, -0.03, 0.0])


def places(rows: list[list[float]]) -> list[str]:
    return [f"{each.rank}{'=' * each.tied}" for each in rank(rows)]


def test_clear_differences_and_ties() -> None:
    """The luck of an instance is in all rows, so it hides nothing; their own luck does."""
    own = np.array([0.001, -0.002, 0.0, 0.002, -0.001])
    rows = [0.5 + LUCK + own, 0.5 + LUCK - own, 0.4 + LUCK, 0.4 + LUCK - own / 2, 0.1 + LUCK + own]
    rows = [row.tolist() for row in rows]
    assert places(rows) == ["1=", "1=", "3=", "3=", "5"]
    found = rank(rows)
    assert found[0][2:] == (None, None)
    assert [each.p is not None and each.p < LEVEL for each in found] == [
        *(False, False, True, False, True)
    ]
    behind = [each.behind for each in found[1:]]
    assert behind == pytest.approx([0.0, 0.1, 0.0, 0.3], abs=1e-12)
    assert min(behind) >= 0


def test_a_noisy_lead_is_a_tie() -> None:
    noise = [0.10, -0.12, 0.11, -0.09, 0.02]
    assert places([[0.5 + n for n in noise], [0.45] * 5]) == ["1=", "1="]


def test_the_more_are_compared_the_more_it_takes() -> None:
    """A row that alone would be shown to be worse is not, among twenty others like the first."""
    first = [0.5, 0.5, 0.5, 0.5, 0.5]
    worse = [0.5 - d for d in (0.010, 0.022, 0.013, 0.004, 0.018)]
    assert places([first, worse]) == ["1", "2"]
    others = [[0.5 - d for d in (0.001 * i, 0.0, -0.001 * i, 0.0, 0.0)] for i in range(20)]
    assert places([first, *others, worse]) == ["1="] * 22


def test_a_rank_ends_before_the_first_that_is_shown_to_be_worse() -> None:
    """And what comes after it is not above it, however noisy: the order is that of the means."""
    steady, noisy = [0.40] * 5, [0.39 + d for d in (0.3, -0.3, 0.2, -0.2, 0.0)]
    assert places([[0.5] * 5, steady, noisy]) == ["1", "2=", "2="]


@pytest.mark.parametrize("rows", [[], [[0.5] * 5], [[0.5], [0.4], [0.1]]])
def test_few(rows: list[list[float]]) -> None:
    """One instance shows nothing."""
    assert places(rows) == (["1="] * 3 if len(rows) == 3 else ["1"] * len(rows))


def simulate(entries: int, boards: int) -> Iterator[list[list[float]]]:
    """Boards of equally good entries on five instances of 2000 images, the best mean first."""
    random = np.random.default_rng(11)
    for _ in range(boards):
        chance = 0.38 + LUCK + random.normal(0, 0.015, (entries, 5))
        rows = (random.binomial(2000, chance) / 2000).tolist()
        yield sorted(rows, key=math.fsum, reverse=True)


@pytest.mark.parametrize("entries", [2, 12, 60])
def test_of_equals_at_most_one_board_in_twenty_says_that_any_is_ahead(entries: int) -> None:
    wrong = sum(rank(rows)[-1].rank > 1 for rows in simulate(entries, 400))
    assert wrong / 400 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_a_correction_for_the_rows_below_the_first_alone_would_not_do() -> None:
    """It was the best of twelve: that is no comparison that was chosen beforehand."""
    wrong = 0
    for first, *below in simulate(12, 400):
        values = [t_test(np.subtract(first, row).tolist()) for row in below]
        wrong += min(holm([1.0 if p is None else p for p in values])) < LEVEL
    assert wrong / 400 > 0.09
