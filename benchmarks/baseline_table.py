"""The tables of `baselines/README.md`, from what `baselines.py` measured."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from baseline_digest import code_digest

from evaluator.records import write
from evaluator.statistics import summarise
from submission_kit.submission import open_submission

FOLDER = Path(__file__).resolve().parents[1] / "baselines"
README = FOLDER / "README.md"
BEGIN = "<!-- measured: written by benchmarks/baselines.py -->"
END = "<!-- end of measured -->"

PUBLISHED = {
    "resnet9": "36.45 37.95 39.00 44.30 36.70; 38.88 ± 2.86",
    "hybrid": "34.92 ± 0.45",
}
"""Accuracies (%) of "Learning from limited data with resource constraints" (2021), on the final
instances of `cifar10-100`."""

HEAD = (
    "baseline",
    "phase",
    "instances (%)",
    "mean ± sd",
    "published (%)",
    "seconds",
    "of CPU",
    "threads",
    "work (TFLOP)",
    "of peak",
)


def label(row: Mapping[str, Any]) -> str:
    """Return the baseline's name, with the params that are not as in its `submission.yaml`."""
    if row["label"]:
        return f"{row['name']} {row['label']}"
    changed = ", ".join(f"{name}={value}" for name, value in row["params"].items())
    return f"{row['name']} {changed}".strip()


def write_tables(results: Mapping[str, Any]) -> None:
    """Put the tables between the two markers of the README."""
    text = README.read_text(encoding="utf-8")
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        sys.exit(f"{README}: expected the lines {BEGIN} and {END}")
    write(README, f"{before}{BEGIN}\n\n{tables(results)}\n{END}{after}".encode())


def tables(results: Mapping[str, Any]) -> str:
    """Return a table a track, each under a line that says where and from what."""
    by_track: dict[str, list[Mapping[str, Any]]] = {}
    rows = results["rows"]
    best = {_key(row): _mean(row) for row in rows if row["phase"] == "dev"}
    best |= {_key(row): _mean(row) for row in rows if row["phase"] == "final"}
    for row in sorted(rows, key=lambda row: (*_place(row), best[_key(row)], row["phase"])):
        by_track.setdefault(row["track"], []).append(row)
    parts = []
    for track, rows in by_track.items():
        sources = ", ".join(sorted({row["source"] for row in rows}))
        machines = sorted({_machine(row, results["peaks"]) for row in rows})
        parts.append(f"**{track}**, {sources}; {'; '.join(machines)}:\n")
        lines = [HEAD, ["---"] * len(HEAD), *(_cells(row, results["peaks"]) for row in rows)]
        parts += [f"| {' | '.join(cells)} |" for cells in lines]
        parts.append("")
    return "\n".join(parts)


def _place(row: Mapping[str, Any]) -> tuple[int, str]:
    """CIFAR-10 first; then each baseline by its accuracy."""
    return int(row["track"] != "cifar10-100"), row["track"]


def _key(row: Mapping[str, Any]) -> tuple[str, str, int]:
    return row["track"], label(row), row["threads"]


def _mean(row: Mapping[str, Any]) -> float:
    return statistics.fmean(trial["accuracy"] for trial in row["instances"].values())


def _machine(row: Mapping[str, Any], peaks: Mapping[str, float]) -> str:
    machine = row["machine"]
    peak = peaks[machine["cpu"]] / 1e9
    return (
        f"{machine['cpu']}, {machine['cores']} cores, at most {peak:.0f} GFLOP/s a core, "
        f"torch {row['torch']}"
    )


def _cells(row: Mapping[str, Any], peaks: Mapping[str, float]) -> list[str]:
    trials = [trial for _, trial in sorted(row["instances"].items(), key=lambda item: int(item[0]))]
    seeds = sorted(map(int, row["instances"]))
    accuracies = " ".join(f"{100 * trial['accuracy']:.2f}" for trial in trials)
    if seeds != list(range(1, 6)):
        accuracies += f" (instances {', '.join(map(str, seeds))})"
    total = summarise([100 * trial["accuracy"] for trial in trials])
    spread = f" ± {total.sd:.2f}" if total.sd is not None else ""
    cpu = statistics.mean(trial["cpu_seconds"] for trial in trials)
    work = statistics.mean(_work(row, trial) for trial in trials)
    share = f"{work / cpu / peaks[row['machine']['cpu']]:.0%}"
    is_published = row["track"] == "cifar10-100" and row["phase"] == "final"
    return [
        _linked(row),
        row["phase"],
        accuracies,
        f"{total.mean:.2f}{spread}",
        PUBLISHED.get(row["name"], "") if is_published else "",
        f"{statistics.mean(trial['seconds'] for trial in trials):.1f}",
        f"{cpu:.1f}",
        str(row["threads"]),
        f"{work / 1e12:.3g}" if work else "-",
        share if work else "-",
    ]


def _linked(row: Mapping[str, Any]) -> str:
    submission = open_submission(FOLDER / row["name"]).with_params(row["params"])
    if code_digest(submission) != row["digest"]:
        print(f"{label(row)}, {row['phase']}: measured with other code", file=sys.stderr)
    changed = label(row).removeprefix(row["name"])
    return f"[`{row['name']}`]({row['name']}/submission.py){changed}"


def _work(row: Mapping[str, Any], trial: Mapping[str, Any]) -> float:
    """Floating-point operations of a trial that iterated as often as it says."""
    work = row["work"]
    return float(work["start"] + work["each"] * (trial["steps"] or 0))
