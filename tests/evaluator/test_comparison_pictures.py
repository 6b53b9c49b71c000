"""Images that one run alone gets right, drawn again from the track's dataset."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluator.comparison import compare, page
from evaluator.comparison.page import as_html
from evaluator.datasets import open_dataset
from evaluator.run import score
from evaluator.track import Track
from submission_kit.submission import open_submission


@pytest.fixture
def runs(track: Track, make: Callable[..., Path], tmp_path: Path) -> list[Path]:
    """Two real runs on one instance: one says 3 of every image, the other 5."""
    folders = []
    for label in (3, 5):
        code = f"def train(images, labels):\n    return lambda images: [{label}] * len(images)\n"
        submission = open_submission(make(code, name=f"says-{label}"))
        folders.append(tmp_path / f"run-{label}")
        rules = dataclasses.replace(track, instances=1)
        score(submission, rules, open_dataset("digits"), "dev", folders[-1])
    return folders


def test_the_first_that_one_alone_gets_right_are_shown(
    runs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PICTURES", 3)
    html = as_html(compare(runs))
    for label in (3, 5):
        assert html.count(f'alt="a {label}, recognised by says-{label} alone"') == 3
    assert html.count("data:image/png") == 6
    assert html.count("alone: 3 of 5, the first") == 2


def test_nothing_is_shown_where_the_labels_are_others(runs: list[Path]) -> None:
    for run in runs:
        path = run / "predictions" / "1.npz"
        with np.load(path) as arrays:
            labels, predictions = arrays["labels"], arrays["predictions"]
        np.savez(path, labels=labels[::-1], predictions=predictions)
    html = as_html(compare(runs))
    assert "data:image/png" not in html
    assert "not those of the images" in html


def test_nothing_is_shown_of_other_images(runs: list[Path]) -> None:
    for run in runs:
        path = run / "trials" / "1.json"
        record = json.loads(path.read_text())
        record["instance"]["digest"] = "another"
        path.write_text(json.dumps(record))
    html = as_html(compare(runs))
    assert "data:image/png" not in html
    assert "gives other images than those of the run" in html
