"""What only a trial shows: does it run, does it fit its time, how do the audits answer?

smoke trial ──▶ does it run?
    │ smoke params are the real ones ──▶ its seconds are an instance's
    │ one number differs             ──▶ trials with more of it: a straight line to the real one
    └ anything else                  ──▶ the time is not known, and it says so
audits of the smoke trial, where they are asked for
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from submission_kit.checks import Found, as_finding
from submission_kit.checks.running import (
    AUDIT,
    RUNS,
    TIME,
    Ended,
    Projection,
    audit_answer,
    does_not_run,
    time_of_the_run,
)
from submission_kit.errors import HarnessError
from submission_kit.findings import Finding, in_order
from submission_kit.submission import Submission
from submission_kit.temporary import TemporaryFolder

from .audit import audit
from .datasets import Dataset
from .isolation import Mode
from .run import score
from .track import Track

MEASURABLE = 0.5
"""Seconds by which two trials must differ before a line is drawn through them."""

NOT_SHORTENED = "a script trains and predicts in one go, and takes no params that shorten it"

NOT_THE_SUBMISSIONS = ("near-duplicates", "deadline margin")
"""Audits that the check leaves out: of the instance, and of the smoke trial's own limit."""


def check_by_running(
    path: Path,
    submission: Submission,
    track: Track,
    dataset: Dataset,
    phase: str,
    *,
    isolation: Mode = "auto",
    audited: bool = False,
) -> list[Finding]:
    """Run a submission's smoke trial, and more where it tells something, and judge what comes.

    path: of the submission as it was asked for; findings stand under it.

    Raises:
        ConfigError, DataError: as `run.score`.
        HarnessError: the trial failed by our own fault.
    """
    runner = _Runner(track, dataset, phase, isolation)
    smoke = submission.with_params(submission.smoke)
    first = runner.run(smoke)
    found: list[tuple[str, Found]] = []
    differing = [name for name in smoke.params if smoke.params[name] != submission.params.get(name)]
    too_long = first["verdict"]["name"] == "timeout" and not differing
    if too_long:
        reason = f"one small instance takes more than {track.smoke().limits.wall:.0f} s; "
        reason += (
            NOT_SHORTENED if submission.commands else "`smoke:` in submission.yaml shortens it"
        )
        projection = Projection(None, track.limits.wall, reason)
    else:
        ended = _ended(first["verdict"])
        found += [(RUNS.code, item) for item in does_not_run(ended)]
        if found:
            return _placed(path, submission, found)
        projection = _project(runner, submission, smoke, first, differing)
    found += [(TIME.code, item) for item in time_of_the_run(projection)]
    if audited and not too_long:
        done = audit(smoke, track.smoke(), dataset, phase, isolation=isolation)
        answers = [
            (finding.question, finding.status, finding.says)
            for finding in done.findings
            if finding.question not in NOT_THE_SUBMISSIONS
        ]
        found += [(AUDIT.code, item) for item in audit_answer(answers)]
    return _placed(path, submission, found)


class _Runner:
    """Runs smoke trials of one instance, and gives their records."""

    def __init__(self, track: Track, dataset: Dataset, phase: str, isolation: Mode) -> None:
        self.track = track
        self._dataset = dataset
        self._phase = phase
        self._isolation = isolation

    def run(self, submission: Submission) -> Mapping[str, Any]:
        small = self.track.smoke()
        with TemporaryFolder() as folder:
            done = score(
                submission,
                small,
                self._dataset,
                self._phase,
                folder / "run",
                isolation=self._isolation,
            )
        record: Mapping[str, Any] = done.records[0]
        if record["verdict"]["name"] == "harness-error":
            raise HarnessError(f"the smoke trial failed: {record['verdict']['reason']}")
        return record

    def seconds(self, record: Mapping[str, Any]) -> float:
        """Return the seconds of an instance with all its test images."""
        seconds, instance = record["seconds"], record["instance"]
        # At most as many as the track asks for: a dataset may have fewer.
        images = self.track.sampling.test_per_class * len(instance["classes"])
        more = max(1.0, images / max(1, instance["test_images"]))
        predict: float = seconds.get("predict", 0.0) * more
        return float(seconds["load"] + seconds["train"] + predict)


def _project(
    runner: _Runner,
    submission: Submission,
    smoke: Submission,
    first: Mapping[str, Any],
    differing: list[str],
) -> Projection:
    """Reckon the time of the whole run from trials, as far as they tell it."""
    limits, instances = runner.track.limits, runner.track.instances
    count = instances if limits.scope == "run" else 1
    allowed = float(limits.wall)
    if submission.commands:  # with more test images it takes longer, nobody knows by how much
        unknown = f"{NOT_SHORTENED}; `subkit score --instances 1` measures it"
        return Projection(None, allowed, unknown)
    if not differing:
        based_on = "reckoned from one small instance with the same params on this machine"
        return Projection(count * runner.seconds(first), allowed, based_on)
    name = differing[0]
    small, real = smoke.params[name], submission.params.get(name)
    if len(differing) > 1 or not _is_more(small, real):
        listed = ", ".join(differing)
        unknown = f"`smoke:` changes {listed}; `subkit score --instances 1` measures one instance"
        return Projection(None, allowed, unknown)
    start, value = runner.seconds(first), small
    for _ in range(3):
        value = min(value * 8, real)
        record = runner.run(smoke.with_params({name: value}))
        if record["verdict"]["name"] != "ok":
            break
        seconds = runner.seconds(record)
        if seconds - start > MEASURABLE or value == real:
            each = (seconds - start) / (value - small)
            whole = count * max(seconds, start + each * (real - small))
            points = f"{name}={small} ({start:.1f} s) and {name}={value} ({seconds:.1f} s)"
            return Projection(whole, allowed, f"in a straight line from {points} on this machine")
    unknown = f"trials up to {name}={value} do not tell it; score one instance"
    return Projection(None, allowed, unknown)


def _is_more(small: Any, real: Any) -> bool:
    numbers = all(isinstance(n, int) and not isinstance(n, bool) for n in (small, real))
    return bool(numbers and 0 < small < real)


def _ended(verdict: Mapping[str, Any]) -> Ended:
    return Ended(
        verdict=verdict["name"],
        phase=verdict["phase"],
        reason=verdict["reason"],
        where=verdict["where"] or "",
    )


def _placed(
    path: Path, submission: Submission, found: Iterable[tuple[str, Found]]
) -> list[Finding]:
    return in_order(_place(path, submission, found))


def _place(
    path: Path, submission: Submission, found: Iterable[tuple[str, Found]]
) -> Iterator[Finding]:
    for code, item in found:
        shown = str(path)
        if item.name in submission.files:
            file = submission.files[item.name]
            shown = os.path.normpath(file) if path.is_dir() else f"{path}/{item.name}"
        yield as_finding(code, item, shown)
