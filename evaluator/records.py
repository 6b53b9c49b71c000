"""Records: what is left of a run, for people and for programs.

    <run>/
      run.json            the submission, the track, the machine, the score so far
      trials/1.json       one record a trial, by the instance's number
      logs/1.log          what the submission printed
      predictions/1.npz   predictions and labels, in the order of the instance's test images
      embeddings/1.npz    of training and test images, where they were asked for and offered
      audit.json          what an audit found, where one was asked for
      earlier/1/…         what stood here before a run of something else, or a fresh one

Every file is written beside its place, synced and renamed, so that a reader finds the old one or
the new one and nothing in between.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from submission_kit.arrays import Labels, Predictions
from submission_kit.errors import ConfigError
from submission_kit.frames import MIB
from submission_kit.plain import parse_object

from .verdict import NAMES, PHASES

SCHEMA = 1
MAX_SIZE = 32 * MIB
"""Bytes of a record that is read again; the longest series of a trial take two thirds of them."""

LAYERS = (None, "L0", "L1", "L2", "L3")
"""What may have confined a trial; nothing where the supervisor never spoke."""

_FOLDERS = {"trials": "json", "logs": "log", "predictions": "npz"}
_PARTS = ("run.json", "audit.json", *_FOLDERS, "embeddings")
OWN = (*_FOLDERS, "embeddings", "earlier")
"""Folders that a run has in its own."""


def digest(value: Any) -> str:
    """Return the SHA-256 of a value that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


class RunFolder:
    """A run's folder on disk.

    identity: the digest of all that its trials have in common. A folder that holds a run of
    another identity, or any run where `fresh`, is put under `earlier/` first.
    """

    def __init__(self, path: Path, identity: str, fresh: bool = False) -> None:
        """Open the folder, or make it.

        Raises:
            ConfigError: it holds something else than a run, or cannot be written.
        """
        self.path = path
        self._identity = identity
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be made: {error.strerror}") from error
        try:
            self._open(fresh)
        except OSError as error:
            raise ConfigError(f"{error.filename}: cannot be used: {error.strerror}") from error

    def _open(self, fresh: bool) -> None:
        path = self.path
        before = _read_json(path / "run.json")
        if before is None and any(path.iterdir()) and not (path / "trials").is_dir():
            raise ConfigError(f"{path}: is not empty and holds no run", "Name another --out.")
        if fresh or self._is_anothers(before):
            self._put_aside()
        for name in _FOLDERS:
            (path / name).mkdir(exist_ok=True)
        for place in _files(path):
            if place.is_dir():  # found now, and not when hours of computing are to be written
                raise ConfigError(f"{place}: is a folder, and should be a file", "Move it away.")

    def _is_anothers(self, before: Mapping[str, Any] | None) -> bool:
        """Whether a run of something else stands here; its trials know where run.json is lost."""
        trials = map(_read_json, (self.path / "trials").glob("*.json"))
        known = trials if before is None else [before]
        return any(one.get("identity") != self._identity for one in known if one is not None)

    def trials(self) -> dict[int, dict[str, Any]]:
        """Return the records of this run's trials that are whole, by instance."""
        found = {}
        for path in (self.path / "trials").glob("*.json"):
            record = _read_json(path)
            if record is not None and self._is_ours(record) and is_whole(record):
                seed = record["instance"]["seed"]
                if path.name == f"{seed}.json":
                    found[seed] = record
        return found

    def _is_ours(self, record: Mapping[str, Any]) -> bool:
        return record.get("schema") == SCHEMA and record.get("identity") == self._identity

    def write_trial(
        self,
        seed: int,
        record: Mapping[str, Any],
        log: str,
        labels: Labels,
        predictions: Predictions | None,
    ) -> None:
        """Keep what came of a trial; the record comes last, so that it speaks for the rest."""
        write(self.path / "logs" / f"{seed}.log", log.encode())
        if predictions is not None:
            buffer = io.BytesIO()
            np.savez_compressed(buffer, labels=labels.astype(np.int32), predictions=predictions)
            write(self.path / "predictions" / f"{seed}.npz", buffer.getvalue())
        write_json(self.path / "trials" / f"{seed}.json", {"identity": self._identity, **record})

    def write_embeddings(self, seed: int, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Keep embeddings, or remove those of an earlier trial where there are none."""
        path = self.path / "embeddings" / f"{seed}.npz"
        if arrays:
            path.parent.mkdir(exist_ok=True)
            buffer = io.BytesIO()
            np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
            write(path, buffer.getvalue())
        else:
            path.unlink(missing_ok=True)

    def write_run(self, record: Mapping[str, Any]) -> None:
        """Keep what is known of the run so far."""
        write_json(self.path / "run.json", {"identity": self._identity, **record})

    def _put_aside(self) -> None:
        present = [self.path / name for name in _PARTS if (self.path / name).exists()]
        if not present:
            return
        earlier = self.path / "earlier"
        earlier.mkdir(exist_ok=True)
        number = 1 + max((int(p.name) for p in earlier.iterdir() if p.name.isdecimal()), default=0)
        (earlier / str(number)).mkdir()
        for part in present:
            part.rename(earlier / str(number) / part.name)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    write(path, f"{text}\n".encode(errors="replace"))  # a path may be no UTF-8


def write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        ConfigError: it cannot be written, as where the disk is full.
    """
    try:
        _replace(path, content)
    except OSError as error:
        mend = "Mend that, then give the same command again: a run goes on where it stopped."
        raise ConfigError(f"{path}: cannot be written: {error.strerror}", mend) from error


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def is_whole(record: Mapping[str, Any]) -> bool:
    """Whether a trial's record has, in its right form, all that anybody reads of it again."""
    try:
        verdict, limits = record["verdict"], record["limits"]
        seed, key, accuracy = record["instance"]["seed"], record["key"], record["accuracy"]
        texts = [verdict["reason"], verdict["where"], verdict["traceback"]]
        texts += [key, record["log"]["tail"], *record["isolation"]["remains"]]
        numbers = [limits["wall"]["used"], *record["seconds"].values()]
        numbers += [limits["memory"]["used"]] if "memory" in limits else []
        return (
            type(seed) is int
            and isinstance(record["isolation"]["remains"], list)
            and verdict["name"] in NAMES
            and verdict["phase"] in PHASES
            and record["layer"] in LAYERS
            and all(isinstance(text, str) for text in texts)
            and all(_is_amount(number) for number in numbers)
            and (_is_share(accuracy) if verdict["name"] == "ok" else accuracy is None)
        )
    except (KeyError, TypeError, AttributeError):
        return False


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _is_share(value: Any) -> bool:
    return isinstance(value, float) and 0 <= value <= 1


def _files(path: Path) -> Iterator[Path]:
    """Return where a run's files stand, or may come to stand."""
    yield path / "run.json"
    yield path / "audit.json"
    for name, suffix in _FOLDERS.items():
        yield from (path / name).glob(f"*.{suffix}")


def _read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a file; None where there is none, or it is broken."""
    try:
        if not path.is_file():  # a pipe, say, which might never end
            return None
        with path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
        return parse_object(content.decode()) if len(content) <= MAX_SIZE else None
    except (OSError, ValueError):
        return None
