"""Measures baselines over instances, and writes the tables of `baselines/README.md`.

    python benchmarks/baselines.py NAME... [--track T] [--phase P] [--instances 1-5] [--data PATH]
                                   [--threads N] [--wall 12h] [--param NAME=VALUE]... [--label L]
    python benchmarks/baselines.py --table     # writes the tables only

Each baseline is run as `subkit score` runs it. What came of it stands in `baselines.json`, written
anew after every instance: one that is there, of the same code, params, rules and threads, is not
run again, so an interrupted measurement goes on where it stopped. `--label` names a setting in the
tables; else its params are shown.

- seconds: wall clock of load, train and predict, beside whatever else the machine does;
- CPU seconds: of all the trial's processes, imports included; other work changes them little.
  Checkpoints are not asked for: on `dev` they would be scored, off the clock but in these seconds;
- work: floating-point operations of matrix products and convolutions in torch, see
  `baseline_work.py`; what numpy, scipy and scikit-learn compute is not counted;
- of peak: work by CPU seconds, as a share of what one core of this machine does in a product of
  two 2048 x 2048 matrices of float32.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import baseline_table
import yaml
from baseline_digest import code_digest
from baseline_work import measure_peak, measure_work

from evaluator.datasets import Dataset, open_dataset
from evaluator.machine import describe_machine
from evaluator.records import write
from evaluator.run import score
from evaluator.track import Track, open_track
from submission_kit.errors import SubkitError
from submission_kit.quantities import parse_duration
from submission_kit.submission import Submission, open_submission
from submission_kit.yamlfile import Count, Duration

FOLDER = Path(__file__).resolve().parents[1] / "baselines"
RESULTS = Path(__file__).with_name("baselines.json")
RUNS = Path("runs", "baselines")


def main() -> None:
    """Measure what is asked for and not yet known, then write the tables."""
    given = _arguments()
    if not given.table:
        if not given.names:
            sys.exit("name a baseline, or say --table")
        params = dict(given.param)
        track = open_track(given.track)
        limits = replace(track.limits, threads=Count(given.threads))
        if given.wall:
            limits = replace(limits, wall=Duration(parse_duration(given.wall)))
        track, dataset = replace(track, limits=limits), open_dataset(track.dataset, given.data)
        for name in given.names:
            submission = open_submission(FOLDER / name).with_params(params)
            setting = {"name": name, "params": params, "label": given.label}
            measure(submission, setting, track, dataset, given.phase, given.instances)
    baseline_table.write_tables(read_results())


def measure(
    submission: Submission,
    setting: Mapping[str, Any],
    track: Track,
    dataset: Dataset,
    phase: str,
    seeds: list[int],
) -> None:
    """Run one baseline on those instances that its row in the results lacks, and keep each."""
    threads = int(track.limits.threads)
    keys = {**setting, "track": track.name, "phase": phase, "threads": threads}
    row = next((row for row in read_results()["rows"] if keys.items() <= row.items()), None)
    digests = {"digest": code_digest(submission), "rules": track.digest}
    if row is None or not digests.items() <= row.items():
        row = keys | digests | {"instances": {}}
    label = baseline_table.label(row)
    missing = [seed for seed in seeds if str(seed) not in row["instances"]]
    print(f"{label}, {track.name}, {phase}: {len(missing)} to measure", file=sys.stderr)
    if not missing:
        return
    row["machine"] = describe_machine()
    keep(row, peak=measure_peak(threads))
    if "work" not in row:
        row["work"] = measure_work(submission)
    folder = RUNS / f"{label}-{track.name}-{phase}-{threads}".replace(" ", "_").replace("/", "_")
    if "checkpoints" in submission.params:
        submission = submission.with_params({"checkpoints": 0})
    for seed in missing:
        # One at a time, so that each is kept as soon as it is done.
        run = score(submission, track, dataset, phase, folder, seeds=[seed])
        record = run.records[0]
        if record["verdict"]["name"] != "ok":
            print(f"  instance {seed}: {record['verdict']}", file=sys.stderr)
            continue
        row["instances"][str(seed)] = instance = _instance(record)
        row["source"] = record["instance"]["source"]
        row["torch"] = record["versions"]["torch"]
        keep(row)
        print(
            f"  instance {seed}: {instance['accuracy']:.2%}, {instance['seconds']:.1f} s, "
            f"{instance['cpu_seconds']:.1f} s of CPU",
            file=sys.stderr,
        )


def _instance(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a trial's record."""
    progress = record["progress"]
    return {
        "accuracy": record["accuracy"],
        "seconds": record["seconds"]["charged"],
        **{phase: record["seconds"][phase] for phase in ("load", "train", "predict")},
        "cpu_seconds": record["limits"]["cpu_time"]["used"],
        "memory": record["limits"]["memory"]["used"],
        "steps": progress[-1]["step"] if progress else None,
        "load_average": record["load"],
        "started": record["started"],
    }


def read_results() -> dict[str, Any]:
    """Return all that was measured so far."""
    if not RESULTS.exists():
        return {"schema": 1, "peaks": {}, "rows": []}
    results: dict[str, Any] = json.loads(RESULTS.read_text())
    return results


def keep(row: Mapping[str, Any], peak: float | None = None) -> None:
    """Put a row in the place of the one of the same name, and keep the highest peak seen."""
    results = read_results()
    keys = ("name", "params", "label", "track", "phase", "threads")
    others = [old for old in results["rows"] if any(old[key] != row[key] for key in keys)]
    results["rows"] = [*others, row] if row["instances"] else results["rows"]
    if peak is not None:
        cpu = row["machine"]["cpu"]
        results["peaks"][cpu] = max(peak, results["peaks"].get(cpu, 0.0))
    write(RESULTS, (json.dumps(results, indent=1) + "\n").encode())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="folders of baselines/")
    parser.add_argument("--track", default="cifar10-100")
    parser.add_argument("--phase", default="final")
    parser.add_argument("--instances", type=_seeds, default=[1, 2, 3, 4, 5])
    parser.add_argument("--data", type=Path, help="else $SUBKIT_DATA, as for subkit score")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--wall", help="another limit than the track's, for all instances together")
    parser.add_argument("--param", type=_param, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--label", default="", help="what the tables call these params")
    parser.add_argument("--table", action="store_true", help="measure nothing")
    return parser.parse_args()


def _seeds(text: str) -> list[int]:
    """`1-5` or `3` or `1,2`."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def _param(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    return name, yaml.safe_load(value)


if __name__ == "__main__":
    try:
        main()
    except SubkitError as error:
        sys.exit(f"{error.message}\n{error.mend}")
