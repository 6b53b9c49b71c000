"""Every question of an audit: who must be caught is, who is honest is not. Real trials."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluator.audit import (
    Audit,
    AuditTrial,
    Finding,
    audit,
    deadline_margin,
    label_permutation,
    near_duplicates,
    transduction,
)
from evaluator.audit.agreement import compare
from evaluator.datasets import open_dataset
from evaluator.instances import Instance
from evaluator.limits import Limits
from evaluator.track import Track, open_track
from submission_kit.submission import open_submission

ROOT = Path(__file__).parents[2]
QUESTIONS = [
    "transduction", "determinism", "label permutation", "near-duplicates", "seed use",
    "deadline margin",
]  # fmt: skip
NEAREST_MEAN = """
import numpy as np

def rows(images):
    return images.reshape(len(images), -1) / 255.0

def fit(images, labels):
    return np.stack([rows(images[labels == label]).mean(axis=0) for label in range(10)])

def scores(rows, means):
    return -((rows[:, None] - means) ** 2).mean(axis=2)
"""


class Watched:
    def __init__(self) -> None:
        self.started: list[str] = []
        self.moved: set[str] = set()
        self.ended: list[str] = []

    def audit_trial_started(self, name: str, budget: float) -> None:
        self.started.append(name)

    def trial_moved(self, seed: int, kind: str, what: Mapping[str, Any]) -> None:
        self.moved.add(kind)

    def audit_trial_ended(self, trial: AuditTrial) -> None:
        self.ended.append(trial.verdict.name)


@pytest.fixture
def examine(track: Track, make: Callable[..., Path]) -> Callable[..., Audit]:
    """Audit a submission, given as a folder or as code that is laid behind NEAREST_MEAN."""

    def examine(
        submission: Path | str, watcher: Watched | None = None, wall: float = 60, instances: int = 5
    ) -> Audit:
        folder = make(NEAREST_MEAN + submission) if isinstance(submission, str) else submission
        limits = dataclasses.replace(track.limits, wall=wall)
        rules = dataclasses.replace(track, limits=limits, instances=instances)
        opened, dataset = open_submission(folder), open_dataset("digits")
        return audit(opened, rules, dataset, "dev", 1, watcher=watcher)

    return examine


def found(done: Audit) -> dict[str, Finding]:
    return {finding.question: finding for finding in done.findings}


def statuses(done: Audit) -> dict[str, str]:
    """What is not ok."""
    return {f.question: f.status for f in done.findings if f.status != "ok"}


def test_an_honest_submission_passes_every_question(examine: Callable[..., Audit]) -> None:
    watched = Watched()
    done = examine(ROOT / "examples" / "nearest_mean", watched)
    assert [finding.question for finding in done.findings] == QUESTIONS
    assert statuses(done) == {}
    assert "deterministic method" in found(done)["seed use"].says
    assert len(watched.started) == 4  # the fifth is for those who give other predictions
    assert watched.ended == ["ok"] * 4
    assert watched.moved >= {"phase", "sample"}
    record = json.loads(json.dumps(done.record, allow_nan=False))
    assert (record["schema"], record["kind"]) == (1, "audit")
    assert [trial["verdict"]["name"] for trial in record["trials"]] == ["ok"] * 4


def test_the_knn_baseline_passes_every_question_on_real_images() -> None:
    """Here alone, as each of the four trials imports torch, which takes 3 s."""
    data = Path(os.environ.get("SUBKIT_TEST_DATA", "")) / "cifar10-jpeg.zip"
    if not data.is_file():
        pytest.skip("SUBKIT_TEST_DATA names no folder with cifar10-jpeg.zip")
    pytest.importorskip("torch", reason="torch is not installed")
    knn, dataset = open_submission(ROOT / "baselines" / "knn"), open_dataset("cifar10", data)
    done = audit(knn, open_track("cifar10-100"), dataset, "final")
    assert statuses(done) == {}
    assert "uses its seed" in found(done)["seed use"].says


CENTRES_BATCHES = """
def train(images, labels):
    means = fit(images, labels)
    centre = means.mean(axis=0)
    def predict(images):
        return scores(rows(images) - rows(images).mean(axis=0), means - centre)
    return predict
"""


def test_who_centres_each_batch_is_caught(examine: Callable[..., Audit]) -> None:
    done = examine(CENTRES_BATCHES)
    assert statuses(done) == {"transduction": "fail"}
    assert len(done.trials) == 5
    assert found(done)["transduction"].numbers["labels_moved"] > 1


def test_who_remembers_what_it_said_is_caught(examine: Callable[..., Audit]) -> None:
    """It gives the same prediction whenever an image is asked again, of the first call's making."""
    done = examine(
        CENTRES_BATCHES.replace("def train(", "def centring(")
        + """
def train(images, labels):
    predict, said = centring(images, labels), {}
    def remembering(images):
        fresh = predict(images)
        return [said.setdefault(i.tobytes(), int(s.argmax())) for i, s in zip(images, fresh)]
    return remembering
"""
    )
    assert statuses(done) == {"transduction": "fail"}


def test_who_learns_from_the_test_images_is_caught(examine: Callable[..., Audit]) -> None:
    done = examine(
        """
def train(images, labels):
    means = fit(images, labels)
    def predict(images):
        for row in rows(images):
            nearest = scores(row[None], means).argmax()
            means[nearest] += 0.2 * (row - means[nearest])
        return scores(rows(images), means).argmax(axis=1)
    return predict
"""
    )
    assert statuses(done) == {"transduction": "fail"}


def test_who_draws_from_elsewhere_than_its_seed_is_warned(examine: Callable[..., Audit]) -> None:
    done = examine(
        """
import os
def train(images, labels, *, seed):
    random = np.random.default_rng(int.from_bytes(os.urandom(8), "little"))
    means = fit(images, labels) + random.normal(0, 0.1, (10, 3072))
    return lambda images: scores(rows(images), means)
"""
    )
    assert statuses(done) == {"determinism": "warn", "seed use": "warn"}
    numbers = found(done)["determinism"].numbers
    assert numbers["moved"] > 1
    assert len(numbers["accuracies"]) == 2


def test_who_uses_its_seed_is_told_so(examine: Callable[..., Audit]) -> None:
    done = examine(
        """
def train(images, labels, *, seed):
    means = fit(images, labels) + np.random.default_rng(seed).normal(0, 0.2, (10, 3072))
    return lambda images: scores(rows(images), means)
"""
    )
    assert statuses(done) == {}
    assert "uses its seed" in found(done)["seed use"].says


def test_who_brings_the_answers_is_caught(
    examine: Callable[..., Audit], make: Callable[..., Path], instance: Instance
) -> None:
    """It looks images up among those that it brings, whatever labels it is given."""
    folder = make(
        """
import numpy as np
def train(images, labels):
    with np.load("brought.npz") as brought:
        known = dict(zip(map(bytes, brought["images"]), brought["labels"].tolist()))
    return lambda images: [known[bytes(image)] for image in images]
"""
    )
    np.savez(folder / "brought.npz", images=instance.test_images, labels=instance.test_labels)
    done = examine(folder)
    assert statuses(done) == {"label permutation": "fail"}
    assert found(done)["label permutation"].numbers["accuracies"] == [1.0, 1.0]


def test_who_is_too_slow_is_caught(examine: Callable[..., Audit]) -> None:
    """Each instance fits the whole run's time, but not its share, which is 0.2 s."""
    done = examine(
        """
import time
def train(images, labels):
    time.sleep(0.3)
    means = fit(images, labels)
    return lambda images: scores(rows(images), means)
""",
        wall=10.0,
        instances=50,
    )
    assert statuses(done) == {"deadline margin": "fail"}
    assert "do not fit the run's" in found(done)["deadline margin"].says


def test_what_needs_a_trial_that_failed_is_skipped(examine: Callable[..., Audit]) -> None:
    done = examine(
        """
def train(images, labels):
    means = fit(images, labels)
    return lambda images: scores(rows(images), means).squeeze()
"""
    )
    skipped = {"transduction", "determinism", "seed use"}  # they need a call of one image
    assert statuses(done) == dict.fromkeys(skipped, "skipped")
    assert "again, in other calls" in found(done)["transduction"].says
    assert "invalid-output in predict: predict returned" in found(done)["transduction"].says


def test_a_submission_that_does_not_run_is_run_once(examine: Callable[..., Audit]) -> None:
    done = examine("def train(images, labels):\n    raise ValueError('no idea')\n")
    assert len(done.trials) == 1
    assert statuses(done) == dict.fromkeys(set(QUESTIONS) - {"near-duplicates"}, "skipped")
    assert "error in train: ValueError: no idea" in found(done)["deadline margin"].says


@pytest.mark.parametrize("images", [1, 4, 50, 770, 10_000])
def test_calls(images: int) -> None:
    for calls in (transduction.regular_calls(images), transduction.shuffled_calls(images, 1)):
        assert sorted(position for call in calls for position in call) == list(range(images))
        assert 1 <= min(map(len, calls)) <= max(map(len, calls)) <= 500
        assert len(calls) <= 50 + images / 500
    assert transduction.shuffled_calls(50, 1) != transduction.shuffled_calls(50, 2)


def test_rounding_is_no_difference() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(5, 2, (1000, 10)).astype(np.float32)
    rounded = scores + random.normal(0, 1e-5, scores.shape).astype(np.float32)
    assert compare(scores, rounded).moved == 0
    assert compare(scores, rounded).same
    assert not compare(scores, scores + random.normal(0, 0.5, scores.shape)).same
    labels = scores.argmax(axis=1)
    assert compare(labels, rounded).moved == 0
    labels[:2] += 1
    assert compare(labels, scores).same
    labels[2:6] += 1
    assert not compare(labels, scores).same
    assert compare(labels, scores).slight
    constant = np.ones((4, 10), np.float32)
    assert compare(constant, constant).same


@pytest.mark.parametrize(("each", "classes"), [(10, 10), (20, 10), (7, 10), (13, 10), (9, 4)])
def test_shuffled_labels_say_nothing(each: int, classes: int) -> None:
    labels = np.repeat(np.arange(classes), each)
    given = label_permutation.shuffle_labels(labels, classes, 1)
    table = np.zeros((classes, classes), int)
    np.add.at(table, (labels, given), 1)
    assert set(table.ravel()) <= {each // classes, -(-each // classes)}
    assert np.ptp(table.sum(axis=0)) <= 1
    assert (given != label_permutation.shuffle_labels(labels, classes, 2)).any()


def test_luck_is_no_knowledge(instance: Instance) -> None:
    """Predictions that follow one chance renaming of the classes, but only some of them fit."""
    labels = np.repeat(np.arange(10), 50)
    renamed = np.array([0, 1, 3, 2, 5, 4, 7, 6, 9, 8])[labels]  # 20 % are right
    assert label_permutation.judge(labels, labels, renamed, 10).status == "ok"
    assert label_permutation.judge(labels, labels, labels, 10).status == "fail"
    # A weak method whose lead over chance is kept.
    weak = np.where(np.arange(500) % 10 == 0, labels, np.arange(500) % 9)
    assert label_permutation.judge(labels, weak, weak, 10).status == "fail"
    few = np.repeat(np.arange(3), 50)
    assert label_permutation.judge(few, few, few, 3).status == "warn"
    constant = np.zeros(500, np.int64)
    assert label_permutation.judge(labels, constant, constant, 10).status == "ok"


def test_near_duplicates_are_counted(instance: Instance) -> None:
    copies = instance.train_images[:5].astype(float) * 0.8 + 20  # paler
    copies += np.random.default_rng(0).normal(0, 10, copies.shape)
    images = instance.test_images.copy()
    images[:5] = copies.clip(0, 255)
    images[5] = instance.train_images[17]  # as it is
    labels = instance.test_labels.copy()
    labels[:6] = instance.train_labels[[0, 1, 2, 3, 4, 17]]
    labels[0] = (labels[0] + 1) % 10
    planted = dataclasses.replace(instance, test_images=images, test_labels=labels)
    finding = near_duplicates.judge(planted)
    assert finding.status == "warn"
    assert finding.numbers["found"] == 6
    assert finding.numbers["labels_disagree"] == 1
    assert finding.numbers["pairs"][0] == {
        "test": [instance.class_names[instance.test_picks[5][0]], instance.test_picks[5][1]],
        "train": ["1", instance.positions.train[7]],
        "distance": 0.0,
    }
    assert near_duplicates.judge(instance).status == "ok"


@pytest.mark.parametrize(
    ("seconds", "scope", "status"),
    [(15, "run", "ok"), (17, "run", "warn"), (21, "run", "fail"), (21, "instance", "ok")],
)
def test_margin(seconds: float, scope: Any, status: str) -> None:
    limits = dataclasses.replace(Limits(), wall=100.0, scope=scope)
    assert deadline_margin.judge(seconds, limits, 5).status == status
