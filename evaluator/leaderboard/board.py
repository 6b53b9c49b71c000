"""Leaderboards from the records of runs alone: one board for each track and phase."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from evaluator.machine import name_machine
from evaluator.reading import LeftOut, StoredRun, find_runs, name_instances, read_run
from evaluator.scoring import score_run
from evaluator.statistics import Summary
from evaluator.track import rules_digest
from evaluator.verdict import NOT_THE_SUBMISSIONS, say
from submission_kit.errors import DataError

from .ranks import Standing, rank

Counts = Literal["best", "latest"]


@dataclass(frozen=True)
class Row:
    """One entry.

    standing: None where it has no score; then `reason` says why.
    accuracies: by the track's instances; None for a trial that is not ok, or not there.
    summary: of those that are ok.
    seconds: charged wall-clock time, of the whole run or of its longest instance, as the limit is
        meant. memory: the most that any instance held, in bytes; None where nobody measured.
    machines: what its trials were measured on, processor and cores of each.
    verdicts: how often each occurs, `missing` among them. entries: of the same team.
    date: when its last trial started, in ISO 8601; empty where no record says.
    """

    team: str
    submission: str
    description: str
    folder: Path
    digest: str
    standing: Standing | None
    accuracies: dict[int, float | None]
    summary: Summary | None
    seconds: float
    memory: float | None
    machines: tuple[str, ...]
    verdicts: dict[str, int]
    entries: int
    date: str
    reason: str


@dataclass(frozen=True)
class Board:
    """All that ran under the same rules on the same images, the best first, those without a score
    last.

    digest: of the rules. alike: whether another board has the same track and phase.
    wall, memory: the limits, in seconds and bytes. scope: of the first, `run` or `instance`.
    counts: which of a team's entries stands for it; None where all are shown.
    """  # fmt: skip

    track: str
    title: str
    digest: str
    alike: bool
    phase: str
    instances: int
    wall: float
    scope: str
    memory: float
    counts: str | None
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Leaderboards:
    """The boards of a folder, by track and phase, and what in it could not be taken."""

    boards: tuple[Board, ...]
    left_out: tuple[LeftOut, ...]


def leaderboards(
    root: Path,
    track: str | None = None,
    phase: str | None = None,
    counts: Counts | None = None,
    every_entry: bool = False,
) -> Leaderboards:
    """Make the boards of all runs in a folder.

    track, phase: only these. counts: replaces the track's rule. every_entry: a row each.

    Raises:
        DataError: there is no such folder.
    """
    folders, left_out = find_runs(root)
    groups: dict[tuple[str, str, str], list[StoredRun]] = {}
    for folder in folders:
        try:
            run = read_run(folder, series=False)
        except DataError as error:
            reason = error.message.removeprefix(f"{folder / 'run.json'}: ")
            left_out.append(LeftOut(folder / "run.json", reason))
            continue
        left_out += run.left_out
        name, digest = run.run["track"]["name"], run.run["track"]["digest"]
        if rules_digest(run.run["rules"]) != digest:
            left_out.append(LeftOut(folder / "run.json", "its rules are not those of their digest"))
        elif track in (None, name) and phase in (None, run.run["phase"]):
            groups.setdefault((name, run.run["phase"], digest), []).append(run)
    places = Counter(key[:2] for key in groups)
    boards = (
        _board(runs, root, counts, every_entry, places[key[:2]] > 1)
        for key, runs in sorted(groups.items())
    )
    return Leaderboards(tuple(boards), tuple(left_out))


def _board(
    runs: Sequence[StoredRun], root: Path, counts: Counts | None, every_entry: bool, alike: bool
) -> Board:
    newest = max(runs, key=lambda run: (_started(run), run.folder)).run
    rules = newest["rules"]
    images = _images(runs)
    rows = [_row(run, root, images) for run in runs]
    rule = counts or ("latest" if rules.get("counts") == "latest" else "best")
    teams: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        teams.setdefault((row.team, "" if row.team else row.submission), []).append(row)
    rows = [
        dataclasses.replace(row, entries=len(entries))
        for entries in teams.values()
        for row in (entries if every_entry else [_counting(entries, rule)])
    ]
    return Board(
        newest["track"]["name"],
        title if isinstance(title := rules.get("title"), str) else "",
        newest["track"]["digest"],
        alike,
        newest["phase"],
        rules["instances"],
        rules["limits"]["wall"],
        rules["limits"]["scope"],
        rules["limits"]["memory"],
        None if every_entry else rule,
        tuple(_ranked(rows)),
    )


def _images(runs: Iterable[StoredRun]) -> dict[int, str]:
    """Return by instance the digest of the images that most runs had; of equally many the first."""
    seen: dict[int, Counter[str]] = {}
    for run in runs:
        for seed, record in run.trials.items():
            seen.setdefault(seed, Counter())[record["instance"]["digest"]] += 1
    return {
        seed: min(found, key=lambda digest: (-found[digest], digest))
        for seed, found in seen.items()
    }


def _row(run: StoredRun, root: Path, images: dict[int, str]) -> Row:
    submission, rules, trials = run.run["submission"], run.run["rules"], run.trials
    seeds = range(1, rules["instances"] + 1)
    accuracies = {seed: trials[seed]["accuracy"] if seed in trials else None for seed in seeds}
    found = score_run(accuracies, rules["instances"])
    used = [record["limits"]["wall"]["used"] for record in trials.values()]
    memory = [r["limits"]["memory"]["used"] for r in trials.values() if "memory" in r["limits"]]
    names = [trials[seed]["verdict"]["name"] if seed in trials else "missing" for seed in seeds]
    return Row(
        submission["team"].strip(),
        submission["name"],
        submission["description"],
        run.folder.relative_to(root),
        submission["digest"],
        None,
        accuracies,
        found.ok,
        sum(used) if rules["limits"]["scope"] == "run" else max(used, default=0.0),
        max(memory, default=None),
        _machines(trials.values()),
        dict(Counter(names).most_common()),
        1,
        _started(run),
        _reason(run, seeds, images),
    )


def _machines(records: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    found = (record.get("machine") for record in records)
    names = (name_machine(machine) for machine in found if isinstance(machine, dict))
    return tuple(dict.fromkeys(filter(None, names)))


def _reason(run: StoredRun, seeds: Sequence[int], images: dict[int, str]) -> str:
    """Say why a run has no place on its board; nothing where it has one."""
    trials = run.trials
    failed = [trials[seed] for seed in seeds if seed in trials and trials[seed]["accuracy"] is None]
    # What the submission did itself comes first; what befell it may be gone in another run.
    failed.sort(key=lambda record: record["verdict"]["name"] in NOT_THE_SUBMISSIONS)
    if failed:
        verdict = failed[0]["verdict"]
        alike = [
            record["instance"]["seed"]
            for record in failed
            if all(record["verdict"][key] == verdict[key] for key in ("name", "phase", "reason"))
        ]
        return f"{name_instances(alike)}: {say(verdict)}"
    missing = [seed for seed in seeds if seed not in trials]
    broken = {left.path.stem for left in run.left_out}
    for said, found in (
        ("not run", [seed for seed in missing if str(seed) not in broken]),
        ("no whole record", [seed for seed in missing if str(seed) in broken]),
    ):
        if found:
            return f"{name_instances(found)}: {said}"
    other = [seed for seed in seeds if trials[seed]["instance"]["digest"] != images[seed]]
    return f"{name_instances(other)}: other images than most runs had" if other else ""


def _started(run: StoredRun) -> str:
    """Return when the last trial started, in UTC; empty where no record says."""
    found = []
    for record in run.trials.values():
        try:
            moment = datetime.fromisoformat(record.get("started", ""))
            # Without a zone it is taken for UTC: a board is the same wherever it is made.
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            found.append(moment.astimezone(UTC).isoformat(timespec="seconds"))
        except (ValueError, OverflowError):
            continue
    return max(found, default="")


def _counting(entries: Sequence[Row], rule: str) -> Row:
    """Return the entry that stands for its team: of those with a score, where there are any."""
    scored = [row for row in entries if not row.reason] or entries
    if rule == "latest" or scored[0].reason:
        return max(scored, key=lambda row: (row.date, _order(row)))
    return min(scored, key=lambda row: (-_mean(row), row.date, _order(row)))


def _ranked(rows: Sequence[Row]) -> list[Row]:
    scored = sorted((row for row in rows if not row.reason), key=lambda r: (-_mean(r), _order(r)))
    others = sorted((row for row in rows if row.reason), key=lambda r: (-_ok(r), _order(r)))
    standings = rank([[a for a in r.accuracies.values() if a is not None] for r in scored])
    placed = zip(scored, standings, strict=True)
    return [dataclasses.replace(row, standing=standing) for row, standing in placed] + others


def _mean(row: Row) -> float:
    """Return the mean; the same accuracies in another order round to another last digit."""
    return round(row.summary.mean, 12) if row.summary else 0.0


def _ok(row: Row) -> int:
    return row.summary.n if row.summary else 0


def _order(row: Row) -> tuple[Any, ...]:
    """Return what puts rows of the same score in the same order each time."""
    return row.team.casefold(), row.submission.casefold(), row.digest, str(row.folder)
