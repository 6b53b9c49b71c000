"""Real runs, made once for all tests of this folder."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.datasets import open_dataset
from evaluator.run import score
from evaluator.track import Track
from submission_kit.submission import open_submission
from tests.conftest import SUBMISSIONS

LEARNS = """
import time
import numpy as np
from submission_kit import checkpoint, progress

def train(images, labels, *, seed):
    means = np.stack([images[labels == k].reshape(-1, images[0].size).mean(0) for k in range(10)])
    rng = np.random.RandomState(seed % 1000)

    def at(step):
        noisy = means + rng.normal(0, 300 / step, means.shape)
        def predict(images):
            flat = images.reshape(len(images), -1).astype(float)
            far = ((flat[:, None] - noisy) ** 2).sum(2)
            near = np.exp(-far / far.min(1, keepdims=True))
            return near / near.sum(1, keepdims=True)
        return predict

    for step in range(1, 21):
        progress(step, 20, loss=1 / step)
        time.sleep(0.03)
        checkpoint(step, at(step))
    return at(20)
"""
"""Learns over 20 steps, reports a loss, offers checkpoints, and gives probabilities."""

ATTACKS = (
    "<script>document.title='owned'</script>",
    "</style><style>body{display:none}</style>",
    '" onmouseover="document.title=\'owned\'" x="',
    "' autofocus onfocus='document.title=1",
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "\u202egnp.exe\u2066\u200b",
    "<!--",
    "]]><svg onload=alert(1)>",
)
"""Texts that a page or a terminal must not take for more than a text."""


@pytest.fixture(scope="session")
def score_on_digits(track: Track, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Score a folder on two instances of a small track; give the run's folder."""

    def run(folder: Path, **options: Any) -> Path:
        rules = dataclasses.replace(track, instances=2)
        out = tmp_path_factory.mktemp("runs") / "run"
        submission = dataclasses.replace(open_submission(folder), **options.pop("submission", {}))
        phase = options.pop("phase", "dev")
        score(submission, rules, open_dataset("digits"), phase, out, **options)
        return out

    return run


@pytest.fixture(scope="session")
def learns(score_on_digits: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A submission's folder that uses all that a report shows."""
    folder = tmp_path_factory.mktemp("learns")
    (folder / "submission.py").write_text(LEARNS)
    (folder / "submission.yaml").write_text("entry: submission:train\nname: learns\nteam: us\n")
    return folder


@pytest.fixture(scope="session")
def good_run(score_on_digits: Callable[..., Path], learns: Path) -> Path:
    return score_on_digits(learns)


@pytest.fixture(scope="session")
def failed_run(score_on_digits: Callable[..., Path]) -> Path:
    return score_on_digits(SUBMISSIONS / "error" / "raises_in_train")


@pytest.fixture(scope="session")
def hostile_run(
    score_on_digits: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A run whose every text is an attack: name, team, log, traceback, names of curves."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "submission.yaml").write_text("entry: submission:train\n")
    (folder / "submission.py").write_text(
        f"ATTACKS = {ATTACKS!r}\n"
        "from submission_kit import progress\n"
        "def train(images, labels, *, seed):\n"
        "    for attack in ATTACKS:\n"
        "        progress(1, 1, **{attack: 1.0})\n"
        "        print(attack)\n"
        "    raise ValueError(' '.join(ATTACKS))\n"
    )
    described = {"name": ATTACKS[0], "team": ATTACKS[2], "description": "".join(ATTACKS)}
    return score_on_digits(folder, submission=described)


@pytest.fixture
def copied(good_run: Path, tmp_path: Path) -> Path:
    """A run's folder that a test may break."""
    return Path(shutil.copytree(good_run, tmp_path / "copied"))
