"""Ranks that say which differences are real.

From the best mean downwards: each row is compared with the first of its rank, on the same
instances, by the paired t test. The rank goes down to the row before the first that is shown to be
worse, which begins the next rank. So the order is always that of the means, and a rank is shared by
rows of which none is shown to be worse than its first.

The first of a rank is not any row: it was lucky enough to lead. So the comparisons are adjusted,
after Holm, for all the pairs of the board from which they were chosen. Adjusted for the rows below
the first alone, some of twelve equally good rows would be told apart on 12 % of all boards, of a
hundred on 28 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from evaluator.paired import LEVEL, holm, t_test

RULE = (
    "In order of the mean. Entries share a rank (=) where the paired t test by instance does not "
    "show, at 5 % after Holm's correction for all pairs of the board, that they are worse than "
    "the rank's first."
)


class Standing(NamedTuple):
    """Where a row stands.

    rank: counts from 1; of a shared rank the place of its first. tied: whether it is shared.
    behind: how far behind the rank's first it is, in shares of accuracy; that first itself, behind
    the first of the rank above. p: of that, adjusted. Both are None for the first row of all.
    """

    rank: int
    tied: bool
    behind: float | None
    p: float | None


def rank(rows: Sequence[Sequence[float]]) -> list[Standing]:
    """Rank rows of accuracies [instance], all on the same instances, the best mean first."""
    standings: list[Standing] = []
    pairs = len(rows) * (len(rows) - 1) // 2
    above: tuple[float, float] | tuple[None, None] = (None, None)
    while (place := len(standings)) < len(rows):
        behind = _behind(rows[place], rows[place + 1 :], pairs)
        shared = next((i for i, (_, p) in enumerate(behind) if p < LEVEL), len(behind))
        tied = shared > 0
        standings += [Standing(place + 1, tied, *gap) for gap in (above, *behind[:shared])]
        above = behind[shared] if shared < len(behind) else (None, None)
    return standings


def _behind(
    first: Sequence[float], below: Sequence[Sequence[float]], pairs: int
) -> list[tuple[float, float]]:
    """Return of each row how far it is behind the first, and the p of that, adjusted."""
    gaps = [[a - b for a, b in zip(first, row, strict=True)] for row in below]
    values = [t_test(gap) for gap in gaps]
    adjusted = holm([1.0 if p is None else p for p in values], pairs)
    # Of equal means, the rounding may leave less than nothing.
    means = [max(0.0, math.fsum(gap) / len(gap)) for gap in gaps]
    return list(zip(means, adjusted, strict=True))
