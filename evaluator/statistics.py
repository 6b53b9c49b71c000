"""Mean, standard deviation and Student's t interval, without scipy: its import takes longer than
scoring a small submission."""  # fmt: skip

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Summary:
    """Several values of one quantity.

    sd: sample standard deviation (n - 1). half_width: of the 95 % t interval of the mean.
    Both are None for a single value, which tells nothing of its spread.
    """

    n: int
    mean: float
    sd: float | None
    half_width: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of that interval where the values are shares: their mean is one too, so that
        nothing below 0 or above 1 belongs to it."""
        if self.half_width is None:
            return None
        return max(self.mean - self.half_width, 0.0), min(self.mean + self.half_width, 1.0)


def summarise(values: Sequence[float], confidence: float = 0.95) -> Summary:
    """Sum up at least one value."""
    n = len(values)
    mean = math.fsum(values) / n
    if n == 1:
        return Summary(n, mean, None, None)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    return Summary(n, mean, sd, t_quantile((1 + confidence) / 2, n - 1) * sd / math.sqrt(n))


@cache
def t_quantile(probability: float, freedom: int) -> float:
    """Return the quantile of Student's t distribution, for a probability of at least one half.

    Bisection of `t_cdf`, to the last bit that matters.
    """
    low, high = 0.0, 1.0
    while t_cdf(high, freedom) < probability:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        if t_cdf(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_cdf(t: float, freedom: int) -> float:
    """Return the distribution function of Student's t with a whole number of degrees of freedom.

    The finite series of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3-4.
    """
    theta = math.atan(t / math.sqrt(freedom))
    cos2 = math.cos(theta) ** 2
    odd = freedom % 2
    term = total = 1.0 if freedom > 1 else 0.0
    for k in range(2 + odd, freedom, 2):
        term *= cos2 * (k - 1) / k
        total += term
    if odd:
        area = (theta + math.sin(theta) * math.cos(theta) * total) * 2 / math.pi
    else:
        area = math.sin(theta) * total
    return (1 + area) / 2
