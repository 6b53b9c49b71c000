"""Reads what runs left, for those who come after: boards, comparisons, exports, reports.

The records may be anybody's, and broken. What is not whole is named and left out; everything that
is handed on is plain and of its right form.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from submission_kit.errors import DataError
from submission_kit.plain import parse_object, plain

from .records import MAX_SIZE, OWN, SCHEMA, is_whole

_SERIES, _AFTER = b'\n "samples": [', b'\n "log": {'
"""Where a trial's long series begin in its file, and what comes after them. A line of JSON that is
one blank deep can only be a key of the record itself: within a text, a line's end is escaped."""

_EDGE = 1 << 16
"""Bytes at either end of a long record in which all but its series are looked for."""

MOST_INSTANCES = 10_000
"""Of a track whose runs are read: a larger number would fill the memory, and is a mistake."""

_MENTIONED = ("schema", "identity", "key", "started", "verdict", "accuracy", "seconds", "layer")
_WITHIN = {
    "instance": ("seed", "digest", "test_images"),
    "limits": ("wall", "memory"),
    "isolation": ("remains",),
    "machine": ("cpu", "cores"),
    "log": ("tail",),
}
"""What a board reads of a trial, or `is_whole` asks for; to make the rest plain takes longer."""


class LeftOut(NamedTuple):
    """What was not taken, and why. path: as it was come upon."""

    path: Path
    reason: str


@dataclass(frozen=True)
class StoredRun:
    """A run as its folder holds it.

    run: what `run.json` says.
    trials: the records that are whole, by instance, in order.
    left_out: what stands among them and is not.
    """

    folder: Path
    run: dict[str, Any]
    trials: dict[int, dict[str, Any]]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def seeds(self) -> list[int]:
        """The instances that it was asked for, or has a record of."""
        return sorted({*self.run["instances"], *self.trials})

    @property
    def accuracies(self) -> dict[int, float | None]:
        """The accuracy by instance; None where its trial is not ok, or not there."""
        return {
            seed: self.trials[seed]["accuracy"] if seed in self.trials else None
            for seed in self.seeds
        }


def find_runs(root: Path) -> tuple[list[Path], list[LeftOut]]:
    """Return the folders of runs in a folder, however deep, itself among them; links not followed.

    With them the folders that cannot be looked into.

    Raises:
        DataError: there is no such folder.
    """
    if not root.is_dir():
        raise DataError(f"{root}: is no folder", "Name the folder that holds the runs.")
    closed: list[LeftOut] = []
    return sorted(_find(root, closed)), sorted(closed)


def _find(root: Path, closed: list[LeftOut]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        closed.append(LeftOut(Path(error.filename), why(error)))

    for place, folders, files in os.walk(root, onerror=note):
        if "run.json" in files or ("trials" in folders and _records(Path(place, "trials"))):
            yield Path(place)
            # Its own, and what stood here before; other runs may stand beside them.
            folders[:] = [name for name in folders if name not in OWN]


def read_run(folder: Path, series: bool = True) -> StoredRun:
    """Read a run.

    series: whether the trials' long series are wanted too: samples, progress, checkpoints, and
        whatever else but the board needs. Without, a record takes a tenth of the time.

    Raises:
        DataError: there is none, or `run.json` is broken, or of another form.
    """
    path = folder / "run.json"
    try:
        run = parse_object(_content(path).decode())
        _check_run(run)
    except (OSError, ValueError) as error:
        mend = "Name a run's folder, as `subkit score` writes it."
        raise DataError(f"{path}: is no record of a run: {why(error)}", mend) from error
    trials, left_out = {}, []
    for path in _records(folder / "trials"):
        try:
            record = _read_trial(path, series)
            _check_trial(record, run, path.name)
            if series:
                names = record["instance"].get("classes", [])
                _expect(0 < len(set(names)) == len(names), "instance.classes")
            trials[record["instance"]["seed"]] = record
        except (OSError, ValueError) as error:
            left_out.append(LeftOut(path, why(error)))
    return StoredRun(folder, run, dict(sorted(trials.items())), tuple(left_out))


def _records(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError:  # a run that has not come to its first trial
        return []


def name_instances(seeds: Sequence[int]) -> str:
    """Return `instance 1`, or `instances 1, 2`."""
    return f"instance{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"


def _content(path: Path, cut: bool = False) -> bytes:
    """Return a record's bytes, where `cut` but for its long series.

    A trial of half an hour has 300 kB of them, and a board of 1,000 such runs 1.5 GB.
    """
    # Not to wait: what stands here may be a pipe that nobody writes to.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("no file")
        if status.st_size > MAX_SIZE:
            raise ValueError("larger than any record")
        if not cut:
            return file.readall()
        content = file.read(_EDGE)
        start = content.find(_SERIES)
        if start >= 0 and status.st_size > 2 * _EDGE:
            file.seek(-_EDGE, os.SEEK_END)
            tail = file.read(_EDGE)
            if (end := tail.rfind(_AFTER)) >= 0:
                return content[:start] + tail[end:]
            file.seek(_EDGE)
        content += file.readall()
    end = content.rfind(_AFTER)
    return content[:start] + content[end:] if 0 <= start < end else content


def _read_trial(path: Path, series: bool) -> dict[str, Any]:
    if series:
        return parse_object(_content(path).decode())
    text = _content(path, cut=True).decode()
    try:
        record = json.loads(text)
    except RecursionError as error:
        raise ValueError("values nested too deep") from error
    if not isinstance(record, dict):
        raise ValueError("not an object")
    mentioned = {key: record[key] for key in _MENTIONED if key in record}
    for name, keys in _WITHIN.items():
        if isinstance(inner := record.get(name), dict):
            mentioned[name] = {key: inner[key] for key in keys if key in inner}
    # Half of a surrogate pair can only come from an escape; the numbers are checked one by one.
    clean: dict[str, Any] = plain(mentioned) if "\\u" in text else mentioned
    return clean


def _check_trial(record: Mapping[str, Any], run: Mapping[str, Any], name: str) -> None:
    """Raise ValueError where a trial's record is not whole, or none of this run's."""
    if record.get("schema") != SCHEMA:
        raise ValueError(f"not of schema {SCHEMA}")
    if not is_whole(record):
        raise ValueError("not whole")
    if record.get("identity") != run["identity"]:
        raise ValueError("of another run than run.json")
    instance = record["instance"]
    if not is_count(instance["seed"]):
        raise ValueError(f"of instance {instance['seed']}, which cannot be drawn")
    if name != f"{instance['seed']}.json":
        raise ValueError(f"not named for its instance {instance['seed']}")
    classes = instance.get("classes", [])
    _expect(
        isinstance(instance.get("digest"), str)
        and is_count(instance.get("test_images"))
        and isinstance(classes, list)
        and all(isinstance(each, str) for each in classes),
        "instance",
    )
    _expect(isinstance(record.get("started", ""), str), "started")


def _check_run(run: Mapping[str, Any]) -> None:
    """Raise ValueError where a run's record lacks what is read of it, or has another form."""
    if run.get("schema") != SCHEMA:
        raise ValueError(f"not of schema {SCHEMA}")
    try:
        submission, track, rules = run["submission"], run["track"], run["rules"]
        limits = rules["limits"]
        texts = [run["identity"], run["phase"], track["name"], track["digest"]]
        texts += [submission[key] for key in ("name", "team", "description", "digest")]
        texts += [limits["scope"], rules.get("counts", "best")]
        _expect(run["kind"] == "run", "kind")
        _expect(all(isinstance(text, str) for text in texts), "its texts")
        _expect(all(_is_amount(limits[name]) for name in ("wall", "memory")), "limits")
        _expect(is_count(rules["instances"]), "rules.instances")
        _expect(rules["instances"] <= MOST_INSTANCES, "rules.instances")
        seeds = run["instances"]
        _expect(isinstance(seeds, list) and all(is_count(seed) for seed in seeds), "instances")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"without {error}") from error


def _expect(true: bool, what: str) -> None:
    if not true:
        raise ValueError(f"{what}: not of the right form")


def is_count(value: Any) -> TypeGuard[int]:
    """Return whether a record's value is a count, of at least one."""
    return type(value) is int and 1 <= value < 1 << 31


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1 << 63


def why(error: BaseException) -> str:
    """Say in a few words what is wrong with a file."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON: {error.msg} (line {error.lineno})"
    return str(error) or type(error).__name__
