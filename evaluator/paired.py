"""Two submissions on the same instances: what the difference is, and what so few can show.

An instance is drawn once and given to both, so that its luck is in both accuracies and falls out of
their difference. What is left varies with the training images, the training seed and the test
images; all of it is in the spread of the differences from instance to instance, so that spread is
what the interval and the test are made of. The thousands of test images are not thousands of
independent trials of a method: they share five trainings.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass

from .statistics import summarise, t_cdf

METHOD = "Student's t on the differences by instance, two-sided"

LEVEL = 0.05
"""Below this probability a difference counts as shown."""

POWER = 0.8
"""How surely a difference should be shown, by Cohen's custom (1988)."""

MOST_INSTANCES = 10_000
"""Above so many nobody will ask for the exact number."""

_MOST_FLIPS = 16


@dataclass(frozen=True)
class Difference:
    """Of two accuracies on the same instances, the first minus the second.

    n: instances. mean, sd: of the differences, in shares. half_width: of the 95 % t interval of the
    mean. p: of the paired t test. Of a single instance the last three are None.
    signs: p of the exact sign-flip test, which assumes nothing of the differences but that they
    are symmetric about zero if nobody is ahead; None of more than 16 instances. least: the
    smallest that so many instances can give.
    """

    n: int
    mean: float
    sd: float | None
    half_width: float | None
    p: float | None
    signs: float | None
    least: float


def difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Compare at least one pair of accuracies, each of one instance."""
    values = [a - b for a, b in zip(first, second, strict=True)]
    summary = summarise(values)
    return Difference(
        summary.n,
        summary.mean,
        summary.sd,
        summary.half_width,
        t_test(values),
        sign_flips(values),
        2.0 ** (1 - summary.n),
    )


def t_test(differences: Sequence[float]) -> float | None:
    """Return the two-sided p of Student's t test that their mean is zero; None of fewer than two.

    Where all are the same, zero if they are not zero, and else one.
    """
    n = len(differences)
    if n < 2:
        return None
    mean = math.fsum(differences) / n
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in differences) / (n - 1))
    if sd <= 1e-12:  # as rounding leaves it of shares
        return 1.0 if abs(mean) <= 1e-12 else 0.0
    above = 1 - t_cdf(abs(mean) * math.sqrt(n) / sd, n - 1)
    return min(1.0, max(0.0, 2 * above))  # far out, rounding leaves less than nothing above


def say_p(p: float) -> str:
    """Write a p for a person; one that the few instances cannot tell from zero as an upper end."""
    return f"{p:.2g}" if p >= 1e-4 else "< 0.0001"


def sign_flips(differences: Sequence[float]) -> float | None:
    """Return the exact two-sided p of Fisher's sign-flip test: all 2^n signs, none drawn.

    R. A. Fisher, The Design of Experiments (1935), section 21. None of more than 16.
    """
    n = len(differences)
    if n > _MOST_FLIPS:
        return None
    seen: float = abs(math.fsum(differences)) - 1e-12
    sizes = [abs(value) for value in differences]
    # A choice of signs and its opposite are equally far off: half of them will do.
    rest = itertools.product((1, -1), repeat=n - 1)
    sums = (sizes[0] + sum(map(operator.mul, signs, sizes[1:])) for signs in rest)
    as_far = sum(1 for total in sums if abs(total) >= seen)
    return as_far / (1 << (n - 1))


def holm(values: Sequence[float], family: int = 0) -> list[float]:
    """Return each p adjusted for how many there are, so that in all the tests together the chance
    of even one false difference is below the level.

    family: how many comparisons these were chosen from, by what the data looked like; the others
        count as not shown.

    S. Holm, A simple sequentially rejective multiple test procedure (1979).
    """  # fmt: skip
    order = sorted(range(len(values)), key=lambda index: values[index])
    count = max(family, len(values))
    adjusted = [0.0] * len(values)
    highest = 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (count - place) * values[index]))
        adjusted[index] = highest
    return adjusted


def power(effect: float, sd: float, n: int, level: float = LEVEL) -> float:
    """Return how likely the paired t test of n instances shows a difference of this size, and the
    right way round.

    effect: the true mean difference, not zero; sd: of the differences; both in the same unit.
    By the noncentral t distribution, exact for normal differences.
    """  # fmt: skip
    from scipy.special import chdtr, nctdtr, stdtrit

    if sd <= 0:
        return 1.0
    freedom, shift = n - 1, abs(effect) * math.sqrt(n) / sd
    critical = stdtrit(freedom, 1 - level / 2)
    if shift > 35:  # beyond what nctdtr computes; there, only the sd's luck matters
        return float(chdtr(freedom, freedom * (shift / critical) ** 2))
    return float(1 - nctdtr(freedom, shift, critical))


def instances_needed(effect: float, sd: float, level: float = LEVEL) -> int | None:
    """Return how many instances show a difference of this size in 80 % of the cases.

    None where it is more than 10,000, or there is no difference at all.
    """
    if abs(effect) <= 1e-12 or power(effect, sd, MOST_INSTANCES, level) < POWER:
        return None
    low, high = 2, MOST_INSTANCES
    while low < high:
        middle = (low + high) // 2
        enough = power(effect, sd, middle, level) >= POWER
        low, high = (low, middle) if enough else (middle + 1, high)
    return low


def detectable(sd: float, n: int, level: float = LEVEL) -> float:
    """Return the smallest difference that n instances show as surely, in the unit of sd."""
    if sd <= 0:
        return 0.0
    low, high = 0.0, sd
    while power(high, sd, n, level) < POWER:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle, sd, n, level) >= POWER else (middle, high)
    return high


def sd_interval(sd: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of the standard deviation that so few values only estimate.

    By the chi-squared distribution, exact for normal values.
    """
    from scipy.special import chdtri

    freedom = n - 1
    low, high = (sd * math.sqrt(freedom / chdtri(freedom, p)) for p in (0.025, 0.975))
    return float(low), float(high)
