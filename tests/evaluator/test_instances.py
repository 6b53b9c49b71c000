"""Instances are the published ones, and stay so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluator.datasets import open_dataset
from evaluator.instances import draw, positions
from evaluator.track import Sampling, open_track
from submission_kit.errors import ConfigError

PINS = json.loads((Path(__file__).parent / "instances.json").read_text())


@pytest.mark.parametrize("pin", PINS["positions"], ids=lambda pin: f"{pin['n']}-{pin['seed']}")
def test_positions_are_frozen(pin: dict[str, object]) -> None:
    """CIFAR-10's class sizes are 5000 and 1000; the digits' and MNIST's smallest stand beside."""
    drawn = positions(pin["n"], pin["seed"], Sampling())  # type: ignore[arg-type]
    assert list(drawn.train) == pin["train"]
    assert list(drawn.test[:5]) == pin["first_test"]
    assert len(drawn.test) == min(200, pin["n"] - 10)  # type: ignore[operator]


@pytest.mark.parametrize("phase", ["dev", "final"])
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_digits_are_frozen(phase: str, seed: int) -> None:
    track = open_track("digits-100")
    drawn = draw(track, open_dataset("digits"), phase, seed)
    assert drawn.digest == PINS["digits"][phase][seed - 1]


def test_the_protocol() -> None:
    """Of each class in original order, the permutation's first positions train, the next test."""
    dataset = open_dataset("digits")
    drawn = draw(open_track("digits-100"), dataset, "final", 3)
    order = np.random.RandomState(3).permutation(min(dataset.counts("test")))
    for label in range(10):
        own = dataset.images("test", [(label, int(p)) for p in order])
        assert np.array_equal(drawn.train_images[drawn.train_labels == label], own[:10])
        tested = {image.tobytes() for image in drawn.test_images[drawn.test_labels == label]}
        assert tested == {image.tobytes() for image in own[10:]}
    for i in (0, 100, 400):
        assert np.array_equal(
            dataset.images("test", [drawn.test_picks[i]])[0], drawn.test_images[i]
        )


def test_phases_share_no_image() -> None:
    dataset, track = open_dataset("digits"), open_track("digits-100")
    seen = {
        phase: {
            image.tobytes()
            for seed in range(1, 6)
            for drawn in [draw(track, dataset, phase, seed)]
            for image in (*drawn.train_images, *drawn.test_images)
        }
        for phase in ("dev", "final")
    }
    assert not seen["dev"] & seen["final"]


def test_the_order_of_the_test_images_does_not_tell_their_classes() -> None:
    drawn = draw(open_track("digits-100"), open_dataset("digits"), "dev", 1)
    same = float((drawn.test_labels[1:] == drawn.test_labels[:-1]).mean())
    assert same < 0.2  # 0.1 by chance; 0.99 class by class


def test_the_training_seed_repeats_and_is_not_the_instances() -> None:
    track, dataset = open_track("digits-100"), open_dataset("digits")
    seeds = [draw(track, dataset, "dev", seed).training_seed for seed in (1, 1, 2)]
    assert seeds[0] == seeds[1] != seeds[2]
    assert all(5 < seed < 2**31 for seed in seeds)


def test_too_few_images() -> None:
    with pytest.raises(ConfigError, match="leave none to test on"):
        positions(10, 1, Sampling())
    assert len(positions(11, 1, Sampling()).test) == 1
