"""A run in the forms that platforms, spreadsheets and build servers read.

CodaLab reads `scores.txt`, lines of `key: number`; Codabench `scores.json`, one flat object, or
else the same `scores.txt` as YAML. Both show `detailed_results.html`, to the participant too: so it
tells what became of each instance, and nothing of the test images.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from submission_kit.quantities import format_duration, format_size

from .escape import csv_cell
from .junit import records_as_junit
from .reading import StoredRun
from .records import write
from .report.failures import failures
from .report.markup import Content
from .report.page import Section, badge, figures, page
from .report.result import run_score, verdict_badge
from .report.tables import Cell, Column, table
from .scoring import Score

_CSV = (
    *("instance", "verdict", "phase", "reason", "where", "accuracy", "load", "train", "predict"),
    *("charged", "off_clock", "wall_limit", "cpu_time", "memory", "memory_limit", "layer"),
    *("started", "training_images", "test_images"),
)


def export(run: StoredRun, out: Path) -> list[Path]:
    """Write all forms of a run to a folder, which is made; return the files.

    Raises:
        ConfigError: one cannot be written.
    """
    forms: dict[str, Callable[[StoredRun], str]] = {
        "scores.txt": as_scores_txt,
        "scores.json": as_scores_json,
        "detailed_results.html": as_detailed_results,
        "trials.csv": as_csv,
        "junit.xml": as_junit,
    }
    for name, form in forms.items():
        write(out / name, form(run).encode(errors="replace"))
    return [out / name for name in forms]


def scores(run: StoredRun) -> dict[str, float]:
    """Return the numbers for a platform's leaderboard, finite and of ten digits, as it keeps them.

    A run without a score has the accuracy zero, and no spread: a missing number is put first by
    some boards.
    `accuracy_1` and so on are those of the instances, `duration` is the charged seconds.
    """
    found = run_score(run)
    whole = found.ok if found.value is not None else None
    numbers = {
        "accuracy": found.value or 0.0,
        "sd": whole.sd or 0.0 if whole else 0.0,
        "half_width": whole.half_width or 0.0 if whole else 0.0,
        "instances_ok": found.ok.n if found.ok else 0,
        "duration": _charged(run),
    }
    numbers |= {f"accuracy_{seed}": value or 0.0 for seed, value in _accuracies(run).items()}
    return {key: round(float(number), 10) for key, number in numbers.items()}


def as_scores_txt(run: StoredRun) -> str:
    """Return `key: number` lines; no exponents, which YAML 1.1 takes for text."""
    written = {key: f"{number:.10f}".rstrip("0").rstrip(".") for key, number in scores(run).items()}
    return "".join(f"{key}: {number}\n" for key, number in written.items())


def as_scores_json(run: StoredRun) -> str:
    """Return the same keys and numbers as one flat object."""
    return json.dumps(scores(run), indent=1, allow_nan=False) + "\n"


def as_csv(run: StoredRun) -> str:
    """Return one line a trial; seconds, bytes, shares."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_CSV)
    for seed, record in run.trials.items():
        writer.writerow(_csv_row(seed, record))
    return file.getvalue()


def _csv_row(seed: int, record: Mapping[str, Any]) -> list[Any]:
    verdict, seconds, limits = record["verdict"], record["seconds"], record["limits"]
    memory, cpu_time = limits.get("memory", {}), limits.get("cpu_time", {})
    return [
        seed,
        verdict["name"],
        verdict["phase"],
        csv_cell(verdict["reason"]),
        csv_cell(verdict["where"]),
        record["accuracy"],
        *(seconds.get(name) for name in ("load", "train", "predict", "charged", "off_clock")),
        *(_number(value) for value in (limits["wall"].get("allowed"), cpu_time.get("used"))),
        *(_number(memory.get(name)) for name in ("used", "allowed")),
        record["layer"],
        csv_cell(record.get("started", "")),
        _number(record["instance"].get("training_images")),
        record["instance"]["test_images"],
    ]


def as_junit(run: StoredRun) -> str:
    """Return JUnit's XML, one test case an instance that was asked for."""
    named = run.run
    name = f"{named['submission']['name']} on {named['track']['name']}, {named['phase']}"
    missing = [seed for seed in run.seeds if seed not in run.trials]
    return records_as_junit(name, list(run.trials.values()), missing)


def as_detailed_results(run: StoredRun) -> str:
    """Return a page for the participant: each instance, time and memory, what failed and why."""
    named, found = run.run, run_score(run)
    title = f"{named['submission']['name']} on {named['track']['name']}, {named['phase']}"
    result = Section("Result", (figures(_figures(run, found)), _instances(run)), _note(run))
    return page(title, result, failures([run], [title]))


def _figures(run: StoredRun, found: Score) -> list[tuple[str, Content]]:
    numbers: list[tuple[str, Content]] = []
    if found.value is None:
        numbers.append(("score: not every instance is ok", "none"))
    if found.ok is not None:
        name = "accuracy" if found.value is not None else "accuracy of those that are ok"
        numbers.append((name, f"{100 * found.ok.mean:.2f} %"))
    whole = found.ok if found.value is not None else None
    if whole is not None and whole.sd is not None and whole.interval is not None:
        low, high = whole.interval
        numbers.append(("sd", f"{100 * whole.sd:.2f}"))
        numbers.append(("95 % t interval", f"{100 * low:.2f} to {100 * high:.2f} %"))
    numbers.append(("charged time", format_duration(_charged(run))))
    return numbers


def _note(run: StoredRun) -> str:
    limits = run.run["rules"]["limits"]
    whose = "the whole run" if limits["scope"] == "run" else "an instance"
    return (
        f"Limits: {format_duration(limits['wall'])} for {whose}, {format_size(limits['memory'])}."
    )


def _instances(run: StoredRun) -> Content:
    columns = [Column("instance"), Column("verdict")]
    names = ("load", "train", "predict")
    columns += [Column(name, number=True) for name in ("accuracy", *names, "peak memory")]
    rows: list[list[Cell | Content]] = []
    for seed in run.seeds:
        record = run.trials.get(seed)
        if record is None:
            rows.append([seed, badge("no record", "warn"), *[None] * 5])
            continue
        verdict, accuracy = record["verdict"]["name"], record["accuracy"]
        memory = record["limits"].get("memory")
        rows.append(
            [
                seed,
                verdict_badge(verdict),
                Cell("" if accuracy is None else f"{100 * accuracy:.2f} %", accuracy),
                *(_seconds(record["seconds"].get(name)) for name in names),
                Cell(format_size(memory["used"]), memory["used"]) if memory else None,
            ]
        )
    return table(columns, rows, "The instances")


def _seconds(seconds: float | None) -> Cell | None:
    return None if seconds is None else Cell(f"{seconds:.2f} s", seconds)


def _charged(run: StoredRun) -> float:
    """Return the seconds of all its trials."""
    return float(sum(record["limits"]["wall"]["used"] for record in run.trials.values()))


def _accuracies(run: StoredRun) -> dict[int, float | None]:
    """Return the accuracy of each instance of the track, and of those that were run beside."""
    return {**dict.fromkeys(range(1, run.run["rules"]["instances"] + 1)), **run.accuracies}


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
