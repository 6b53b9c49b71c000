"""A run as build servers read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from evaluator.datasets import open_dataset
from evaluator.junit import as_junit
from evaluator.run import Run, score
from evaluator.track import Track
from submission_kit.submission import open_submission
from tests.conftest import SUBMISSIONS


def scored(folder: Path, track: Track, out: Path) -> Run:
    rules = dataclasses.replace(track, instances=2)
    submission = open_submission(folder)
    return score(submission, rules, open_dataset("digits"), "dev", out, isolation="none")


def test_instances_that_are_ok(track: Track, tmp_path: Path) -> None:
    run = scored(SUBMISSIONS / "ok" / "constant", track, tmp_path / "run")
    suite = ElementTree.fromstring(as_junit(run).encode())
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "0", "0")
    assert [case.get("name") for case in suite] == ["instance 1", "instance 2"]
    assert "accuracy 0.1000" in (suite[0][0].text or "")
    assert float(suite[0].get("time") or "") > 0


def test_what_a_submission_prints_breaks_no_file(
    track: Track, tmp_path: Path, make: Callable[..., Path]
) -> None:
    folder = make(
        "def train(*_):\n    print('\\x1b]0;<&\\x00')\n    raise ValueError('</failure>')\n"
    )
    suite = ElementTree.fromstring(as_junit(scored(folder, track, tmp_path / "run")).encode())
    assert (suite.get("failures"), suite.get("errors")) == ("2", "0")
    failure = suite[0][0]
    assert failure.get("type") == "error"
    assert failure.get("message") == "error in train: ValueError: </failure>"
    assert "<&" in (failure.text or "")
