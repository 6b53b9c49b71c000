"""Folders of runs: the records of a real one, altered and written by the library's own writer."""

from __future__ import annotations

import copy
import dataclasses
import functools
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluator.datasets import open_dataset
from evaluator.records import RunFolder, digest
from evaluator.run import score
from evaluator.track import Sampling, open_track, rules_digest
from submission_kit.submission import open_submission
from tests.conftest import SUBMISSIONS

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\x1b[2J\x1b]0;owned\x07",
    "<script>alert(1)</script>",
    "\u202etxt.exe",
    "a\r\nb\nc\td",
    "| not | a | cell |",
    "`code` **bold** [link](http://example.com) @someone",
    '"><img src=x onerror=alert(1)>',
    "\ud800",
    "\x00\x9b31m\u2028\u200f",
]
"""What a submission may call itself, or say when it fails."""


@functools.cache
def _real() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the records of a real run of five instances."""
    track = dataclasses.replace(
        open_track("digits-100"), sampling=Sampling(train_per_class=10, test_per_class=5)
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "run")
        submission = open_submission(SUBMISSIONS / "ok" / "constant")
        score(submission, track, open_dataset("digits"), "dev", folder, isolation="none")
        trials = [json.loads(path.read_text()) for path in sorted(folder.glob("trials/*.json"))]
        return json.loads((folder / "run.json").read_text()), trials


def write_run(
    folder: Path,
    accuracies: Sequence[float | None],
    name: str = "",
    team: str = "",
    verdict: Mapping[str, str] | None = None,
    started: str = "2026-01-01T00:00:00+00:00",
    phase: str = "dev",
    rules: Mapping[str, Any] | None = None,
    predictions: Sequence[Any] = (),
    labels: Sequence[Any] = (),
) -> Path:
    """Write a run with these accuracies, of instance 1 and so on; None for one that failed.

    verdict: of those that did. predictions, labels: of each instance; else none are kept.
    """
    run, trials = copy.deepcopy(_real())
    identity = digest([str(folder), name, team, phase])
    submission = {"name": name or folder.name, "team": team, "digest": identity}
    frame = {"submission": run["submission"] | submission, "phase": phase}
    written = RunFolder(folder, identity)
    run["rules"] |= rules or {}
    run["track"]["digest"] = rules_digest(run["rules"])
    written.write_run(run | frame)
    for number, accuracy in enumerate(accuracies):
        trial = trials[number % 5] | frame | {"accuracy": accuracy, "started": started}
        if number >= 5:
            trial["instance"] |= {"seed": number + 1, "digest": f"{number}"}
        if accuracy is None:
            failed = {"name": "error", "phase": "train", "reason": "ValueError: no idea"}
            trial["verdict"] = trial["verdict"] | failed | (verdict or {})
        kept = predictions[number] if predictions else None
        true = labels[number] if labels else np.zeros(1, np.int64)
        if kept is not None:
            trial["instance"]["test_images"] = len(true)
        written.write_trial(number + 1, trial, "", true, kept)
    return folder


def measured_on(folder: Path, machine: object) -> None:
    """Have every trial of a run say that it ran there."""
    for path in folder.glob("trials/*.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"machine": machine}))
