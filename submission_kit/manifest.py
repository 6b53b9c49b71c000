"""The manifest: what a bundle holds, and what it was packed for.

It is `manifest.json` in the bundle, and says of every other file its size and SHA-256. Two digests
stand above them: `content_digest` over names and digests of all files, which depends on no zip and
no version of anything, and `manifest_digest` over the manifest itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from . import __version__
from .archive import name_fault, pieces
from .choice import MANIFEST
from .plain import parse_object

SCHEMA = 1
"""It counts up when a reader of the last one would misread this one."""

MAX_SIZE = 8_000_000
"""Bytes of a manifest that is read."""

LIBRARIES = ("joblib", "numpy", "Pillow", "PyYAML", "scikit-learn", "scipy", "torch", "torchvision")
"""Whose versions are written down, where they are installed."""

T = TypeVar("T")
Platform = Literal["codalab", "codabench", "both"]
Form = Literal["native", "script"]


@dataclass(frozen=True)
class File:
    """A file of a bundle.

    size: bytes.
    made: by `pack`; it is no part of the submission.
    """

    sha256: str
    size: int
    made: bool = False


@dataclass(frozen=True)
class Origin:
    """The submission that a bundle was packed from; `digest` is `Submission.digest`."""

    name: str
    team: str
    description: str
    entry: str
    params: dict[str, Any]
    digest: str


@dataclass(frozen=True)
class Target:
    """What a bundle needs to know of the track it is meant for.

    seconds: of wall-clock time that an instance may take, where all take the same.
    threads: how many the track allows.
    """

    name: str
    digest: str
    seconds: float
    threads: int


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds, and what it was packed for.

    check: how many findings the check had, by severity; None where there was no check.
    versions: of Python and of libraries, on the machine that packed.
    """

    submission: Origin
    track: Target
    platform: Platform
    form: Form
    check: Mapping[str, int] | None
    versions: Mapping[str, str]
    files: Mapping[str, File]
    tool: str = __version__

    @cached_property
    def content_digest(self) -> str:
        """SHA-256 over the names and SHA-256 of all files, sorted."""
        lines = (f"{name} {file.sha256}\n" for name, file in sorted(self.files.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def to_json(self) -> str:
        """Return the manifest's text, of which there is one alone."""
        return json.dumps(self.record, indent=1, ensure_ascii=False) + "\n"

    @cached_property
    def record(self) -> dict[str, Any]:
        """The manifest as JSON has it."""
        record = {
            "schema": SCHEMA,
            "kind": "bundle",
            "tool": {"name": "subkit", "version": self.tool},
            "submission": asdict(self.submission),
            "track": asdict(self.track),
            "platform": self.platform,
            "form": self.form,
            "check": "not checked" if self.check is None else dict(self.check),
            "versions": dict(self.versions),
            "files": {name: asdict(file) for name, file in sorted(self.files.items())},
            "content_digest": self.content_digest,
        }
        return {**record, "manifest_digest": _digest(record)}


def read_manifest(text: str) -> Manifest:
    """Read a manifest that may come from anywhere.

    Raises:
        ValueError: it is none, or is not as it was written; says why.
    """
    record = parse_object(text)
    if not is_manifest(record):
        raise ValueError("not a bundle's manifest")
    if record.get("schema") != SCHEMA:
        raise ValueError(f"of schema {record.get('schema')!r}; this version reads {SCHEMA}")
    try:
        manifest = _from_record(record)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("without a key that it needs, or with a value of another kind") from error
    if manifest.to_json() != text:
        raise ValueError("not as it was written: its own digests disagree")
    return manifest


def is_manifest(record: Mapping[str, Any]) -> bool:
    """Whether a JSON object means to be a bundle's manifest, true or not."""
    return record.get("kind") == "bundle" and "content_digest" in record


def find_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of an unpacked bundle; None where there is none.

    Raises:
        ValueError: there is one that is not as it was written.
        SubmissionError: it cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file() or path.stat().st_size > MAX_SIZE:
        return None
    text = b"".join(pieces(path)).decode("utf-8", "surrogateescape")
    try:
        if not is_manifest(parse_object(text)):
            return None
    except ValueError:
        return None
    return read_manifest(text)


def describe(files: Mapping[str, Path | bytes], made: frozenset[str]) -> dict[str, File]:
    """Return size and SHA-256 of each file.

    Raises:
        SubmissionError: one cannot be read.
    """
    described = {}
    for name, source in files.items():
        total, size = hashlib.sha256(), 0
        for piece in pieces(source):
            total.update(piece)
            size += len(piece)
        described[name] = File(total.hexdigest(), size, name in made)
    return described


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that are installed."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _from_record(record: Mapping[str, Any]) -> Manifest:
    check = record["check"]
    if check != "not checked":
        _require(_is_of(check, str, int))
    _require(record["platform"] in get_args(Platform) and record["form"] in get_args(Form))
    _require(_is_of(record["versions"], str, str) and isinstance(record["tool"]["version"], str))
    files = {name: _filled(File, file) for name, file in record["files"].items()}
    _require(not any(map(name_fault, files)))
    return Manifest(
        submission=_filled(Origin, record["submission"]),
        track=_filled(Target, record["track"]),
        platform=record["platform"],
        form=record["form"],
        check=None if check == "not checked" else check,
        versions=record["versions"],
        files=files,
        tool=record["tool"]["version"],
    )


def _filled(form: type[T], value: Any) -> T:
    """Fill a dataclass whose fields are plain."""
    hints = get_type_hints(form)
    _require(value.keys() == hints.keys())
    for name, kind in hints.items():
        _require(type(value[name]) is (get_origin(kind) or kind))
    return form(**value)


def _is_of(value: Any, key: type, item: type) -> bool:
    return all(type(k) is key and type(v) is item for k, v in value.items())


def _require(fine: bool) -> None:
    if not fine:
        raise TypeError


def _digest(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, ensure_ascii=False).encode()).hexdigest()
