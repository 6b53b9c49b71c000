"""What is left of a run, by a clock that the test turns."""

from __future__ import annotations

import pytest

from evaluator.cli.time_left import TimeLeft


class Clock:
    """Says what it was set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_by_the_steps_of_the_first_trial(clock: Clock) -> None:
    left = TimeLeft(5, False, clock)
    assert left.seconds() is None
    left.start(1000)
    clock.now += 2  # to load
    left.step({"step": 0, "total": 100})
    assert left.seconds() is None
    clock.now += 10
    left.step({"step": 25, "total": 100})
    assert left.seconds() == pytest.approx(30 + 4 * 42)
    clock.now += 4
    assert left.seconds() == pytest.approx(26 + 4 * 42)


def test_by_the_trials_before(clock: Clock) -> None:
    left = TimeLeft(4, False, clock)
    left.end(resumed=True)
    for seconds in (10, 20):
        left.start(1000)
        clock.now += seconds
        left.end(resumed=False)
    left.start(1000)
    clock.now += 5
    assert left.seconds() == pytest.approx(10)
    clock.now += 11  # longer than those before: nobody knows
    assert left.seconds() is None


@pytest.mark.parametrize("said", [(5, None), (-1, 10), (11, 10)])
def test_what_a_submission_says_of_itself_may_be_odd(
    clock: Clock, said: tuple[int, int | None]
) -> None:
    left = TimeLeft(1, False, clock)
    left.start(1000)
    for _ in range(3):
        clock.now += 10
        left.step({"step": said[0], "total": said[1]})
    assert left.seconds() is None
    left.step({"step": 4, "total": 10})
    clock.now += 10
    left.step({"step": 2, "total": 10})  # backwards
    assert left.seconds() is None


def test_a_trial_does_not_outlive_its_time(clock: Clock) -> None:
    left = TimeLeft(1, False, clock)
    left.start(60)
    left.step({"step": 0, "total": 1 << 62})
    clock.now += 10
    left.step({"step": 1, "total": 1 << 62})
    assert left.seconds() == pytest.approx(50)


def test_a_run_does_not_outlive_the_time_of_all_its_trials(clock: Clock) -> None:
    left = TimeLeft(5, True, clock)
    left.start(100)
    left.step({"step": 0, "total": 10})
    clock.now += 10
    left.step({"step": 2, "total": 10})
    assert left.seconds() == pytest.approx(90)  # by their steps 40 more, and 50 for each to come
