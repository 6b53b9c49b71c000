"""What a report of one run takes, at most two seconds by its promise.

    python benchmarks/reports.py [--run FOLDER] [--data PATH] [--rounds N]

Without `--run`, `examples/nearest_mean` is scored on the five instances of `digits-100`, and each
trial's record is filled up with the longest series that a record can hold: 4000 samples and 4000
reports of progress.

- `command`: `subkit report` as a new process, from its start to its end;
- `in process`: the same in a process that has everything loaded.

Each figure is the smallest of several rounds: whatever else the machine does can only add to it.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evaluator.datasets import open_dataset
from evaluator.machine import describe_machine, load_average
from evaluator.records import write_json
from evaluator.report.build import report
from evaluator.run import score
from evaluator.track import open_track
from submission_kit.submission import open_submission

ROOT = Path(__file__).parents[1]
LONGEST = 4000


def main() -> None:
    """Measure, and print a line a case."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--run", type=Path)
    options.add_argument("--data", type=Path)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    machine = describe_machine()
    about = f"{machine['cpu']}, {machine['cores']} cores, load {load_average()}"
    print(f"{about}, Python {platform.python_version()}, smallest of {given.rounds} rounds")
    with tempfile.TemporaryDirectory() as place:
        run = given.run or made_run(Path(place, "run"))
        page = Path(place, "report.html")
        size = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
        print(f"{run.name}: {size:,} bytes of records")
        code = "from submission_kit.cli import main; main()"
        command = [sys.executable, "-c", code, "report", str(run), "-o", str(page)]
        command += ["--data", str(given.data)] if given.data else []
        quickest(
            "command",
            given.rounds,
            lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL),
        )
        quickest("in process", given.rounds, lambda: report([run], given.data))
        print(f"page: {page.stat().st_size:,} bytes")


def made_run(folder: Path) -> Path:
    """Score a real run, and make its series as long as they can be."""
    submission = open_submission(ROOT / "examples" / "nearest_mean")
    score(submission, open_track("digits-100"), open_dataset("digits"), "dev", folder)
    for path in (folder / "trials").glob("*.json"):
        record = json.loads(path.read_text())
        sample = record["samples"][-1]
        record["samples"] = [
            sample | {"at": i / 2, "cpu_time": 0.4 * i, "memory": 4e8 + 1e6 * (i % 97)}
            for i in range(LONGEST)
        ]
        record["progress"] = [
            {"at": i / 2, "step": i, "total": LONGEST, "values": {"loss": 1 / (1 + i % 89 + i)}}
            for i in range(LONGEST)
        ]
        write_json(path, record)
    return folder


def quickest(name: str, rounds: int, run: Callable[[], object]) -> None:
    """Print the smallest time of several rounds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    print(f"{name:12}{min(times):8.2f} s")


if __name__ == "__main__":
    main()
