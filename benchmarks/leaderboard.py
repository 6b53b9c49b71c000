"""What a leaderboard of many runs takes: 1,000 submissions on five instances each.

    python benchmarks/leaderboard.py [--runs N] [--samples N] [--rounds N]

One real run of `examples/nearest_mean` is scored; the others are its records under other names,
with accuracies drawn anew, written by the library's own writer. `--samples` is how many samples of
memory and CPU time each trial's record holds: 2,880 is what a trial of 24 minutes leaves.

- `command`: `subkit leaderboard` as a new process, from its start to its end, in each format;
- `in process`: reading and ranking alone, in a process that has everything loaded.

Each figure is the smallest of several rounds: whatever else the machine does can only add to it.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import platform
import random
import tempfile
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from commands import run, smallest

from evaluator.datasets import open_dataset
from evaluator.leaderboard import leaderboards
from evaluator.machine import describe_machine, load_average
from evaluator.records import RunFolder, digest
from evaluator.run import score
from evaluator.track import open_track
from submission_kit.submission import open_submission

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure, and print a line a case."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--runs", type=int, default=1000)
    options.add_argument("--samples", type=int, default=2880)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    machine = describe_machine()
    about = f"{machine['cpu']}, {machine['cores']} cores, load {load_average()}"
    print(f"{about}, Python {platform.python_version()}, smallest of {given.rounds} rounds")
    with tempfile.TemporaryDirectory() as place:
        runs = Path(place, "runs")
        write_runs(runs, given.runs, given.samples)
        size = sum(path.stat().st_size for path in runs.rglob("*.json"))
        print(f"{given.runs} runs of 5 instances, {given.samples} samples a trial, {size:,} bytes")
        seconds = smallest(given.rounds, partial(leaderboards, runs))
        print(f"  in process        {seconds:6.3f} s")
        for form in ("text", "csv", "json", "markdown", "html"):
            seconds = smallest(
                given.rounds, partial(run, ["leaderboard", str(runs), "--format", form])
            )
            print(f"  command {form:9} {seconds:6.3f} s")


def write_runs(runs: Path, count: int, samples: int) -> None:
    """Write so many runs that differ in their names and accuracies."""
    submission, track = (
        open_submission(ROOT / "examples" / "nearest_mean"),
        open_track("digits-100"),
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "run")
        score(submission, track, open_dataset(track.dataset), "dev", folder, isolation="none")
        run = json.loads((folder / "run.json").read_text())
        trials = [json.loads(path.read_text()) for path in sorted(folder.glob("trials/*.json"))]
    drawn = random.Random(6)
    luck = [drawn.gauss(0, 0.03) for _ in trials]
    # Written once, read many times: to sync 16,000 files would take longer than all the rest.
    with patch.object(os, "fsync"):
        for number in range(count):
            skill = drawn.gauss(0.38, 0.04)
            accuracies = [skill + each + drawn.gauss(0, 0.012) for each in luck]
            write_run(runs / f"run-{number}", number, run, trials, accuracies, samples)


def write_run(
    folder: Path,
    number: int,
    run: dict[str, Any],
    trials: list[dict[str, Any]],
    accuracies: list[float],
    samples: int,
) -> None:
    """Write one of them."""
    labels = np.zeros(1, np.int64)
    identity = digest(number)
    submission = run["submission"] | {"name": f"submission {number}", "team": f"team {number}"}
    frame = {"identity": identity, "submission": submission | {"digest": identity}}
    folder.parent.mkdir(exist_ok=True)
    written = RunFolder(folder, identity)
    written.write_run(copy.deepcopy(run) | frame)
    for seed, (trial, accuracy) in enumerate(zip(trials, accuracies, strict=True), start=1):
        sample = trial["samples"][-1]
        series = {"samples": [sample | {"at": 0.5 * i} for i in range(samples)]}
        written.write_trial(seed, trial | frame | {"accuracy": accuracy} | series, "", labels, None)


if __name__ == "__main__":
    main()
