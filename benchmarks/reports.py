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
import tempfile
from functools import partial
from pathlib import Path

from commands import run, smallest

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
        made = given.run or made_run(Path(place, "run"))
        page = Path(place, "report.html")
        size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
        print(f"{made.name}: {size:,} bytes of records")
        words = ["report", str(made), "-o", str(page)]
        words += ["--data", str(given.data)] if given.data else []
        print(f"command      {smallest(given.rounds, partial(run, words)):7.2f} s")
        seconds = smallest(given.rounds, partial(report, [made], given.data))
        print(f"in process   {seconds:7.2f} s")
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


if __name__ == "__main__":
    main()
