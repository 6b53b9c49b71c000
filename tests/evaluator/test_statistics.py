"""The statistics agree with scipy's."""

from __future__ import annotations

import math
import random

import pytest

from evaluator.scoring import score_run
from evaluator.statistics import summarise, t_cdf, t_quantile

stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 29, 30, 101])
def test_students_t(freedom: int) -> None:
    for probability in (0.5, 0.9, 0.975, 0.995):
        expected = stats.t.ppf(probability, freedom)
        assert t_quantile(probability, freedom) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    for t in (0.0, 0.3, 2.5, 40.0):
        assert t_cdf(t, freedom) == pytest.approx(stats.t.cdf(t, freedom), abs=1e-12)


def test_a_summary() -> None:
    values = [36.45, 37.95, 39.00, 44.30, 36.70]  # a published run
    summary = summarise(values)
    low, high = stats.t.interval(0.95, 4, summary.mean, stats.sem(values))
    assert summary.mean == pytest.approx(38.88)
    assert summary.sd == pytest.approx(3.198, abs=0.001)  # 2.86, as published, divides by n
    assert summary.half_width == pytest.approx((high - low) / 2)


def test_an_interval_of_shares_has_shares_as_its_ends() -> None:
    low, high = stats.t.interval(0.95, 2, 0.97, stats.sem([0.95, 0.97, 0.99]))
    assert high > 1
    assert summarise([0.95, 0.97, 0.99]).interval == pytest.approx((low, 1.0))
    assert summarise([0.05, 0.03, 0.01]).interval == pytest.approx((0.0, 1 - low))
    assert summarise([0.5]).interval is None


def test_one_value_tells_nothing_of_the_spread() -> None:
    assert summarise([0.5]) == summarise([0.5])
    assert summarise([0.5]).half_width is None


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    random.seed(5)
    hits = 0
    for _ in range(4000):
        summary = summarise([random.gauss(0, 1) for _ in range(5)])
        assert summary.half_width is not None
        hits += abs(summary.mean) <= summary.half_width
    assert hits / 4000 == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 4000))


def test_a_run_scores_only_where_every_instance_is_ok() -> None:
    assert score_run({1: 0.2, 2: 0.4}, 2).value == pytest.approx(0.3)
    assert score_run({1: 0.2, 2: 0.4, 3: 0.6}, 2).value == pytest.approx(0.4)
    for accuracies in ({1: 0.2, 2: None}, {1: 0.2}, {2: 0.2, 3: 0.2}):
        partial = score_run(accuracies, 2)
        assert partial.value is None
        assert partial.ok is not None
        assert partial.ok.mean == pytest.approx(0.2)
    assert score_run({1: None}, 1).ok is None
