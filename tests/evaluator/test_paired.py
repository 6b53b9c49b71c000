"""What is said of two submissions agrees with scipy, and is as often wrong as it says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator import paired
from evaluator.paired import difference, holm, instances_needed, power, sign_flips, t_test
from tests.strategies import inputs

stats = pytest.importorskip("scipy.stats")

FIRST = [0.3645, 0.3795, 0.3900, 0.4430, 0.3670]
SECOND = [0.3305, 0.3840, 0.3555, 0.4010, 0.3535]


def likely(share: float, of: float, trials: int) -> bool:
    """Whether a simulated share may be one of this probability: within four standard errors."""
    return abs(share - of) <= 4 * math.sqrt(of * (1 - of) / trials)


def test_a_difference() -> None:
    found = difference(FIRST, SECOND)
    expected = stats.ttest_rel(FIRST, SECOND)
    interval = expected.confidence_interval(0.95)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.mean == pytest.approx(np.mean(np.subtract(FIRST, SECOND)))
    assert found.half_width == pytest.approx((interval.high - interval.low) / 2)
    turned = difference(SECOND, FIRST)
    assert turned.mean == pytest.approx(-found.mean)
    assert (turned.p, turned.signs) == pytest.approx((found.p, found.signs))


def test_the_same_everywhere() -> None:
    assert t_test([0.0] * 5) == 1.0
    assert t_test([0.1] * 5) == 0.0
    assert (
        t_test([a - b for a, b in zip([0.3, 0.5], [0.2, 0.4], strict=True)]) == 0.0
    )  # but rounded
    one = difference([0.3], [0.2])
    assert (one.sd, one.half_width, one.p, one.signs, one.least) == (None, None, None, 1.0, 1.0)


def test_no_p_is_below_zero() -> None:
    """However far out: the area above is what rounding leaves of one minus nearly one."""
    for n in range(2, 40):
        for sd in (0.5**k for k in range(1, 36)):
            values = [1 + sd * (-1) ** i for i in range(n)]
            assert 0 <= (t_test(values) or 0.0) <= 1
    assert [paired.say_p(p) for p in (0.0, 3e-7, 0.0012, 0.25, 1.0)] == [
        *("< 0.0001", "< 0.0001", "0.0012", "0.25", "1")
    ]


@inputs(60)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=8))
def test_every_sign_is_tried(values: list[float]) -> None:
    values = [round(value, 3) for value in values]
    flips = np.array(np.meshgrid(*[[1, -1]] * len(values))).reshape(len(values), -1)
    sums = np.abs(np.array(values) @ flips)
    assert sign_flips(values) == pytest.approx(np.mean(sums >= abs(sum(values)) - 1e-9))


def test_five_instances_can_never_be_significant_by_signs_alone() -> None:
    """The same smallest p as Wilcoxon's."""
    for n, least in ((5, 0.0625), (6, 0.03125), (10, 2 / 1024)):
        values = [0.1 + 0.01 * i for i in range(n)]
        found = difference(values, [0.0] * n)
        assert found.signs == found.least == least
        assert stats.wilcoxon(values).pvalue == pytest.approx(least)
    assert sign_flips([0.1] * 17) is None


@inputs(60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm(values: list[float]) -> None:
    """By its definition: one after the other, from the smallest, while all before are rejected."""
    adjusted = holm(values)
    for level in (0.01, 0.05, 0.2, 0.7):
        rejected = set()
        for place, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
            if values[index] * (len(values) - place) > level:
                break
            rejected.add(index)
        assert {i for i, p in enumerate(adjusted) if p <= level} == rejected
    more = holm(values, len(values) + 3)
    assert more == pytest.approx(holm([*values, 1.0, 1.0, 1.0])[: len(values)])


@pytest.mark.parametrize(("effect", "sd", "n"), [(1, 1, 5), (2, 1.5, 5), (0.5, 2, 40), (9, 1, 2)])
def test_power_by_the_noncentral_t(effect: float, sd: float, n: int) -> None:
    critical = stats.t.ppf(0.975, n - 1)
    shift = effect * math.sqrt(n) / sd
    expected = stats.nct.sf(critical, n - 1, shift)
    assert power(effect, sd, n) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("n", [2, 3, 5])
@pytest.mark.parametrize("shift", [34.9, 35.1, 60.0, 300.0])
def test_power_of_a_large_difference_of_few_at_a_strict_level(n: int, shift: float) -> None:
    """Two instances show not even such a one for certain: their sd may be large by chance."""
    level = paired.LEVEL / 45
    random = np.random.default_rng(4)
    spread = np.sqrt(random.chisquare(n - 1, 20_000) / (n - 1))
    t = random.normal(shift, 1, 20_000) / spread
    shown = np.mean(t > stats.t.ppf(1 - level / 2, n - 1))
    assert likely(shown, power(shift / math.sqrt(n), 1.0, n, level), 20_000)


def test_a_correction_for_many_pairs_asks_for_more_instances() -> None:
    few, many = (instances_needed(1.0, 1.0, paired.LEVEL / pairs) for pairs in (1, 45))
    assert few is not None
    assert many is not None
    assert power(1.0, 1.0, many, paired.LEVEL / 45) >= 0.8 > power(1.0, 1.0, few, paired.LEVEL / 45)
    assert paired.detectable(1.0, 5, paired.LEVEL / 45) > paired.detectable(1.0, 5)


def test_power_by_simulation() -> None:
    draws = np.random.default_rng(3).normal(1.5, 1.0, (3000, 5))
    shown = stats.ttest_1samp(draws, 0, axis=1).pvalue < paired.LEVEL
    assert likely((shown & (draws.mean(axis=1) > 0)).mean(), power(1.5, 1.0, 5), 3000)


def test_how_many_would_settle_it() -> None:
    needed = instances_needed(1.0, 1.0)
    assert needed == 10  # the textbook's number
    assert power(1.0, 1.0, 10) >= 0.8 > power(1.0, 1.0, 9)
    assert instances_needed(-1.0, 1.0) == needed
    assert instances_needed(50.0, 1.0) == 2
    assert instances_needed(0.0, 1.0) is None
    assert instances_needed(0.001, 1.0) is None
    least = paired.detectable(1.0, 5)
    assert power(least, 1.0, 5) == pytest.approx(0.8, abs=1e-6)
    assert paired.detectable(0.0, 5) == 0.0


def test_the_interval_of_a_standard_deviation() -> None:
    low, high = paired.sd_interval(2.0, 5)
    assert low == pytest.approx(2 * math.sqrt(4 / stats.chi2.ppf(0.975, 4)))
    assert high == pytest.approx(2 * math.sqrt(4 / stats.chi2.ppf(0.025, 4)))


TRIALS = 16_000
"""So many that four standard errors are 0.7 points: one degree of freedom more than there is would
be wrong by 1.2."""


def simulate(runs: int, lead: float) -> np.ndarray:
    """Accuracies [runs, 2, 5] of two submissions on five instances of 2000 images each.

    An instance is luckier or not for both; each is luckier or not in training on it; and each gets
    its images right or wrong by chance.
    """
    random = np.random.default_rng(8)
    instance = random.normal(0.38, 0.03, (runs, 1, 5))
    training = random.normal(0, 0.015, (runs, 2, 5))
    chance = instance + training + np.array([lead, 0.0])[None, :, None]
    return random.binomial(2000, chance) / 2000


def test_false_positives_at_five_instances() -> None:
    """Of two that are equally good, one is shown ahead in 5 % of the cases, not more and not fewer;
    the images taken as independent, as a z test has it, would show one ahead far more often."""
    found = [difference(first.tolist(), second.tolist()) for first, second in simulate(TRIALS, 0.0)]
    share = np.mean([one.p < paired.LEVEL for one in found])
    assert likely(share, paired.LEVEL, TRIALS)
    error = math.sqrt(2 * 0.38 * 0.62 / (5 * 2000))
    assert np.mean([abs(one.mean) > 1.96 * error for one in found]) > 0.15


def test_the_interval_covers_the_difference_as_often_as_it_says() -> None:
    found = [
        difference(first.tolist(), second.tolist()) for first, second in simulate(TRIALS, 0.02)
    ]
    covered = np.mean([abs(one.mean - 0.02) <= one.half_width for one in found])
    assert likely(covered, 0.95, TRIALS)
