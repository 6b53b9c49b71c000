"""What `subkit check --run` finds by trials, and how it reckons a run's time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.datasets import open_dataset
from evaluator.dynamic_check import check_by_running
from evaluator.limits import Limits
from evaluator.track import Track, open_track
from submission_kit.checks.running import (
    Ended,
    Projection,
    audit_answer,
    does_not_run,
    time_of_the_run,
)
from submission_kit.findings import Finding
from submission_kit.submission import open_submission
from submission_kit.yamlfile import Duration

SLEEPS = """\
import time

def train(images, labels, *, epochs, width=1):
    time.sleep(0.02 * epochs)
    return lambda images: [0] * len(images)
"""


@pytest.fixture
def check(make: Callable[..., Path]) -> Callable[..., list[Finding]]:
    def check(code: str, described: str, wall: float = 7200.0, **more: bool) -> list[Finding]:
        folder = make(code, described)
        track: Track = dataclasses.replace(
            open_track("digits-100"), limits=dataclasses.replace(Limits(), wall=Duration(wall))
        )
        submission, data = open_submission(folder), open_dataset("digits")
        return check_by_running(folder, submission, track, data, "dev", isolation="none", **more)

    return check


def test_what_does_not_run(check: Callable[..., list[Finding]], tmp_path: Path) -> None:
    code = "def train(images, labels):\n    return lambda images: images[0].nowhere\n"
    (found,) = check(code, "entry: submission:train\n")
    assert (found.code, found.severity, found.line) == ("R601", "error", 2)
    assert found.path == str(tmp_path / "made" / "submission.py")
    assert "in predict" in found.message


def test_the_time_of_the_same_params(check: Callable[..., list[Finding]]) -> None:
    described = "entry: submission:train\nparams: {epochs: 20}\n"
    (found,) = check(SLEEPS, described, wall=2.0)
    assert (found.code, found.severity) == ("R602", "error")  # five of 0.4 s do not fit 2 s
    assert "one small instance with the same params" in found.message


def test_the_time_in_a_straight_line(check: Callable[..., list[Finding]]) -> None:
    # Trials of 0.5 and 4 s: of shorter ones, a stall of 0.05 s would move the line by a tenth.
    described = "entry: submission:train\nparams: {epochs: 1000}\nsmoke: {epochs: 25}\n"
    (found,) = check(SLEEPS, described)
    assert (found.code, found.severity, found.mend) == ("R602", "note", "")
    assert "in a straight line from epochs=25 " in found.message
    minutes, seconds = found.message.split("about ")[1].split(" of")[0].split(":")
    assert 95 <= 60 * int(minutes) + int(seconds) <= 120  # 5 x 1000 x 0.02 s, and the overhead


def test_a_time_that_nothing_tells(check: Callable[..., list[Finding]]) -> None:
    described = (
        "entry: submission:train\nparams: {epochs: 9, width: 3}\nsmoke: {epochs: 1, width: 1}\n"
    )
    (found,) = check(SLEEPS, described)
    assert found.severity == "note"
    assert "not known: `smoke:` changes epochs, width" in found.message


def test_audits(check: Callable[..., list[Finding]]) -> None:
    code = (
        "import os\n\ndef train(images, labels, *, seed):\n"
        "    return lambda images: [b % 10 for b in os.urandom(len(images))]\n"
    )
    found = check(code, "entry: submission:train\n", audited=True)
    said = {finding.message.partition(":")[0] for finding in found if finding.code == "R603"}
    assert "determinism" in said
    assert not said & {"near-duplicates", "deadline margin"}


def test_the_rules_by_themselves() -> None:
    assert list(does_not_run(Ended("ok", "exit", ""))) == []
    (found,) = does_not_run(Ended("timeout", "train", "the clock struck", "helper.py:x"))
    assert (found.name, found.line) == ("", 0)
    severities = []
    for seconds in (1.0, 90.0, 101.0, None):
        (found,) = time_of_the_run(Projection(seconds, 100.0, "measured"))
        severities.append(found.severity)
    assert severities == ["note", "warning", "error", "note"]
    answers = [("a", "ok", ""), ("b", "warn", ""), ("c", "fail", ""), ("d", "skipped", "")]
    assert [found.severity for found in audit_answer(answers)] == ["warning", "error", "note"]
