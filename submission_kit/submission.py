"""A submission: a folder with `submission.yaml` and the code that it names::

entry: submission:train        # module:name, see `contract`
track: cifar10-100             # the track it is meant for; `--track` overrides
name: my-method                # defaults to the folder's name
team: the-team
description: one line
params: {epochs: 700}          # passed to the entry
smoke: {epochs: 2}             # replaces params under `--smoke`
include: [../common/util.py]   # files from elsewhere, laid beside the code
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from .errors import SubmissionError
from .quantities import format_size
from .yamlfile import read

FILE_NAME = "submission.yaml"
MAX_SIZE = 300_000_000
"""Bytes of all files together: what CodaLab takes as a bundle by default."""

_LEFT_OUT = {"__pycache__", "__MACOSX", "node_modules", "runs", "venv"}


@dataclass(frozen=True)
class _File:
    """The form of `submission.yaml`."""

    entry: str
    track: str = ""
    name: str = ""
    team: str = ""
    description: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    smoke: dict[str, Any] = field(default_factory=dict)
    include: tuple[str, ...] = ()


@dataclass(frozen=True)
class Submission:
    """A submission as it stands on disk.

    files: where each file of its private copy comes from, by its path in the copy.
    digest: SHA-256 over entry, params and the content of every file.
    """

    folder: Path
    name: str
    entry: str
    track: str
    team: str
    description: str
    params: Mapping[str, Any]
    smoke: Mapping[str, Any]
    files: Mapping[str, Path]

    @cached_property
    def digest(self) -> str:
        """Identify what is run, wherever the folder lies and whatever its name."""
        head = json.dumps([self.entry, self.params], sort_keys=True, default=str)
        total = hashlib.sha256(head.encode())
        for name, path in sorted(self.files.items()):
            total.update(f"\n{name} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
        return total.hexdigest()

    def with_params(self, params: Mapping[str, Any]) -> Submission:
        """Return it with these params in place of its own of the same names."""
        return replace(self, params={**self.params, **params})

    def lay_out(self, target: Path) -> None:
        """Write the private copy into a new folder."""
        for name, path in self.files.items():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def open_submission(folder: Path) -> Submission:
    """Read a submission's folder.

    Raises:
        SubmissionError: there is no such folder, its `submission.yaml` is missing or wrong (every
            fault with its line), or its files clash, are missing or too large.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise SubmissionError(f"{folder}: {what}", "Give the submission's folder.")
    path = folder / FILE_NAME
    if not path.is_file():
        raise SubmissionError(
            f"{folder}: has no {FILE_NAME}",
            f"Write {path} with at least one line, such as `entry: submission:train`.",
        )
    described = read(path, _File, SubmissionError)
    files = _collect(folder) | _included(folder, path, described.include)
    _require_size(folder, files)
    return Submission(
        folder=folder,
        name=_safe_name(described.name or folder.resolve().name),
        entry=described.entry,
        track=described.track,
        team=described.team,
        description=described.description,
        params=described.params,
        smoke=described.smoke,
        files=files,
    )


def _collect(folder: Path) -> dict[str, Path]:
    files = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and name[0] != "."]
        for name in names:
            path = Path(parent, name)
            if name[0] != "." and path.suffix != ".pyc" and path.is_file():
                files[path.relative_to(folder).as_posix()] = path
    return files


def _included(folder: Path, described: Path, include: tuple[str, ...]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for item in include:
        path = folder / item
        if not path.is_file():
            raise SubmissionError(f"{described}: include: there is no file {path}")
        if path.name in files or (folder / path.name).exists():
            raise SubmissionError(
                f"{described}: include: {item} would be laid over another file of that name"
            )
        files[path.name] = path
    return files


def _require_size(folder: Path, files: Mapping[str, Path]) -> None:
    size = sum(path.stat().st_size for path in files.values())
    if size > MAX_SIZE:
        largest = max(files, key=lambda name: files[name].stat().st_size)
        raise SubmissionError(
            f"{folder}: holds {format_size(size)}, more than {format_size(MAX_SIZE)}; "
            f"the largest file is {largest}",
            "Leave out what the submission does not need.",
        )


def _safe_name(name: str) -> str:
    """Make a name fit for a folder and a terminal."""
    return re.sub(r"[^\w.+-]+", "-", name).strip("-.") or "submission"
