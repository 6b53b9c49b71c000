"""Embeddings are asked for where wanted and offered, off the clock, and are not trusted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluator.datasets import open_dataset
from evaluator.instances import Instance
from evaluator.limits import Limits
from evaluator.plan import Outcome, Plan
from evaluator.reading import StoredRun, read_run
from evaluator.run import Run, score
from evaluator.stored_arrays import read_embeddings
from evaluator.track import Track
from evaluator.trial import run_trial
from submission_kit.cli import run as subkit
from submission_kit.errors import ConfigError, DataError
from submission_kit.submission import open_submission
from tests.conftest import SUBMISSIONS

EMBEDS = """
import time
import numpy as np
from submission_kit import checkpoint

class Model:
    def __init__(self, step):
        self.step = step

    def __call__(self, images):
        return np.zeros(len(images), int)

    def embed(self, images):
        time.sleep(0.05)
        brightness = images.reshape(len(images), -1).mean(1)
        return np.stack([brightness, np.full(len(images), self.step), -brightness], 1)

def train(images, labels):
    for step in (0, 1):
        checkpoint(step, Model(step))
    return Model(2)
"""


@pytest.fixture
def embed(instance: Instance, make: Callable[..., Path]) -> Callable[..., Outcome]:
    """Run a real trial of some code, of which embeddings are asked."""

    def embed(code: str = EMBEDS, **options: Any) -> Outcome:
        options = {"checkpoints": True, "embed": True} | options
        plan = Plan(Limits(), 60.0, 60.0, **options)
        return run_trial(open_submission(make(code)), instance, plan)

    return embed


def test_before_and_after_training(embed: Callable[..., Outcome], instance: Instance) -> None:
    outcome = embed()
    assert outcome.verdict.name == "ok"
    every = np.concatenate([instance.train_images, instance.test_images])
    brightness = every.reshape(len(every), -1).mean(1)
    assert outcome.embeddings.keys() == {"before", "after"}
    for name, step in (("before", 0), ("after", 2)):
        points = outcome.embeddings[name]
        assert points.dtype == np.float32
        assert np.allclose(points, np.stack([brightness, 0 * brightness + step, -brightness], 1))
    assert [point["step"] for point in outcome.checkpoints.points()] == [0, 1]
    assert outcome.ended["seconds"]["off_clock"] > 0.2


@pytest.mark.parametrize("options", [{"embed": False}, {"checkpoints": False}])
def test_only_where_asked(embed: Callable[..., Outcome], options: dict[str, bool]) -> None:
    outcome = embed(**options)
    assert outcome.verdict.name == "ok"
    assert outcome.embeddings == {}


def test_a_submission_without(instance: Instance) -> None:
    plan = Plan(Limits(), 60.0, 60.0, checkpoints=True, embed=True)
    outcome = run_trial(open_submission(SUBMISSIONS / "ok" / "reports"), instance, plan)
    assert outcome.verdict.name == "ok"
    assert outcome.embeddings == {}


WRONG = {
    "np.zeros((len(images) - 1, 2))": "of shape",
    "np.zeros((len(images), 5000))": "of shape",
    "np.full((len(images), 2), np.nan)": "not finite",
    "np.full((len(images), 2), 'x')": "values",
    "np.random.rand(len(images), len(images) % 7 + 1)": "other dimensions in another batch",
    "1 / 0": "ZeroDivisionError",
}


@pytest.mark.parametrize("returned", WRONG)
def test_wrong_embeddings_are_named(
    instance: Instance, make: Callable[..., Path], returned: str
) -> None:
    """What was asked for and is wrong ends the trial: who asks for a picture wants to know."""
    code = EMBEDS.replace(
        "np.stack([brightness, np.full(len(images), self.step), -brightness], 1)", returned
    )
    plan = Plan(Limits(), 60.0, 60.0, checkpoints=True, embed=True)
    verdict = run_trial(open_submission(make(code)), instance, plan).verdict
    assert verdict.name in ("invalid-output", "error")
    assert WRONG[returned] in verdict.reason


FORGED = """
import gc
import numpy as np
from submission_kit.arrays import pack_embeddings
from submission_kit.child import Channel
from submission_kit.frames import Frame, Kind

def train(images, labels):
    channel = next(thing for thing in gc.get_objects() if isinstance(thing, Channel))
    channel.send(Frame(Kind.EMBEDDINGS, pack_embeddings(np.zeros((10, 2), np.float32))))
    return lambda images: [0] * len(images)
"""


@pytest.mark.parametrize("asked", [True, False])
def test_embeddings_that_nobody_asked_for(embed: Callable[..., Outcome], asked: bool) -> None:
    verdict = embed(FORGED, embed=asked).verdict
    assert verdict.name == "invalid-output"
    assert "EMBEDDINGS that nobody asked for" in verdict.reason


@pytest.fixture
def folder(make: Callable[..., Path]) -> Path:
    return make(EMBEDS)


@pytest.fixture
def go(track: Track, folder: Path, tmp_path: Path) -> Callable[..., Run]:
    def go(**options: Any) -> Run:
        rules = dataclasses.replace(track, instances=1)
        arguments = {"phase": "dev", "out": tmp_path / "run"} | options
        return score(open_submission(folder), rules, open_dataset("digits"), **arguments)

    return go


def test_they_are_kept_with_the_run(go: Callable[..., Run], tmp_path: Path) -> None:
    go()
    assert read_embeddings(read_run(tmp_path / "run"), 1) is None
    first = go(embed=True)  # asked for now, so the trial runs again
    stored = read_run(tmp_path / "run")
    found = read_embeddings(stored, 1)
    assert found is not None
    (record,) = first.records
    counts = [record["instance"][key] for key in ("training_images", "test_images")]
    assert found.training == counts[0]
    assert len(found.labels) == sum(counts)
    assert np.bincount(found.labels[: found.training]).tolist() == [counts[0] // 10] * 10
    assert [found.views[name][0, 1] for name in ("before", "after")] == [0, 2]
    for again in (go(embed=True), go()):  # nothing is left to do
        assert again.records[0]["samples"] == record["samples"]


def test_not_in_the_final_phase(go: Callable[..., Run]) -> None:
    with pytest.raises(ConfigError, match="before the end"):
        go(phase="final", embed=True)


def with_embeddings(run: StoredRun, **arrays: Any) -> StoredRun:
    np.savez_compressed(run.folder / "embeddings" / "1.npz", **arrays)
    return run


def test_files_that_do_not_fit(go: Callable[..., Run], tmp_path: Path) -> None:
    go(embed=True)
    run = read_run(tmp_path / "run")
    found = read_embeddings(run, 1)
    assert found is not None
    labels, after = found.labels, found.views["after"]
    others = [
        {},
        {"labels": labels[1:], "after": after[1:]},
        {"labels": labels - 1, "after": after},
        {"labels": labels, "after": after[1:]},
        {"labels": labels, "after": after.astype(float)},
        {"labels": labels, "after": after[:, :0]},
        {"labels": labels, "after": after * np.float32(np.nan)},
        {"labels": labels, "after": np.zeros((len(labels), 20_000), np.float32)},
        {"labels": labels, "after": np.array([{}] * len(labels), object)},
    ]
    for arrays in others:
        with pytest.raises(DataError, match="cannot be read"):
            read_embeddings(with_embeddings(run, **arrays), 1)
    assert read_embeddings(with_embeddings(run, labels=labels, after=after), 1) is not None
    del run.trials[1]["instance"]["training_images"]
    with pytest.raises(DataError, match="how many training images"):
        read_embeddings(run, 1)


def test_a_command_says_that_none_are_offered(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = str(SUBMISSIONS / "ok" / "constant")
    arguments = ["score", folder, "--embed", "--track", "digits-100", "--instances", "1"]
    assert subkit([*arguments, "--out", str(tmp_path / "run")]) == 0
    assert "no embed(images)" in capfd.readouterr().err
