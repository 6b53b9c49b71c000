"""A submission: a folder, or a zip of it, with `submission.yaml` and the code that it names::

entry: submission:train        # module:name, see `contract`
track: cifar10-100             # the track it is meant for; `--track` overrides
name: my-method                # defaults to the folder's name
team: the-team
description: one line
params: {epochs: 700}          # passed to the entry
smoke: {epochs: 2}             # replaces params under `--smoke`
include: [../common/util.py]   # files from elsewhere, laid beside the code

Where there is no `submission.yaml`, or no entry in it, the entry is found by custom, see
`discovery`; where that is a command, the submission is of the script form, see `commands`.

A bundle, see `bundle`, is such a zip with a manifest. It has the digest of the folder it was packed
from, since the files that `pack` made are none of the submission's.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from . import archive
from .archive import extract, pieces
from .choice import choose
from .discovery import FILES, LOOKED_FOR, Found, discover
from .errors import SubmissionError
from .manifest import Manifest, describe, find_manifest
from .plain import MAX_DEPTH, plain
from .quantities import format_size
from .temporary import TemporaryFolder
from .yamlfile import read

FILE_NAME = "submission.yaml"
MAX_SIZE = archive.MAX_SIZE
"""Bytes of all files together."""


@dataclass(frozen=True)
class Description:
    """The form of `submission.yaml`."""

    entry: str = ""
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
    left_out: why each other file of the folder is not among them, see `choice`.
    notes: what was adapted to read it, in words.
    commands: of the script form, which has no entry and no params.
    digest: SHA-256 over entry or commands, params and the content of every file.
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
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    _unpacked: TemporaryFolder | None = field(default=None, repr=False, compare=False)

    @cached_property
    def digest(self) -> str:
        """Identify what is run, wherever the folder lies and whatever its name."""
        run = [self.entry or self.commands, self.params]
        head = json.dumps(run, sort_keys=True, default=str)
        total = hashlib.sha256(head.encode())
        for name, path in sorted(self.files.items()):
            content = hashlib.sha256()
            for piece in pieces(path):
                content.update(piece)
            total.update(b"\n" + os.fsencode(name) + b" " + content.hexdigest().encode())
        return total.hexdigest()

    def with_params(self, params: Mapping[str, Any]) -> Submission:
        """Return it with these params in place of its own of the same names.

        Raises:
            SubmissionError: one holds what is not plain, such as a date, or nothing takes any.
        """
        if params and self.commands:
            raise SubmissionError(
                f"{self.name}: the script form takes no params, got {', '.join(params)}",
                "Write the values into the script, or give it an entry in submission.yaml.",
            )
        try:
            return replace(self, params=plain({**self.params, **params}, MAX_DEPTH - 8))
        except ValueError as error:
            raise SubmissionError(
                f"params: expected text, numbers, lists and mappings, got {error}"
            ) from error

    def lay_out(self, target: Path) -> None:
        """Write the private copy into a new folder."""
        for name, path in self.files.items():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            with copy.open("wb") as file:
                for piece in pieces(path):
                    file.write(piece)


def open_submission(path: Path) -> Submission:
    """Read a submission's folder or zip.

    A zip is unpacked into a temporary folder, which goes with the last of the submissions that were
    made of it. One folder around all that a zip holds is taken for the submission's own.

    Raises:
        SubmissionError: there is neither, the zip is unsafe or damaged, `submission.yaml` is wrong
            (every fault with its line), or missing where nothing else can be taken for the entry,
            or files clash, are missing or too large.
    """
    if path.is_dir():
        return _open(path, path.resolve().name)
    if not path.is_file():
        what = "is neither a folder nor a file" if path.exists() else "does not exist"
        raise SubmissionError(f"{path}: {what}", "Give the submission's folder or its zip.")
    unpacked = TemporaryFolder()
    whole = unpacked.path
    try:
        extract(path, whole)
        folder = _without_top(whole)
        inner = folder.relative_to(whole).as_posix()
        submission = _open(folder, path.stem if folder == whole else inner, is_zip=True)
    except SubmissionError as error:
        inside = error.message.replace(f"{whole}", f"{path}")
        raise SubmissionError(inside, error.mend.replace(f"{whole}", f"{path}")) from None
    top = () if folder == whole else (f"everything in the zip lies in {inner}/",)
    return replace(submission, notes=(*top, *submission.notes), _unpacked=unpacked)


def _without_top(folder: Path) -> Path:
    """Return the one folder that all the rest lies in, if that is how it is."""
    inner = [path for path in folder.iterdir() if path.name[0] != "." and path.name != "__MACOSX"]
    if len(inner) == 1 and any((inner[0] / name).is_file() for name in (FILE_NAME, *FILES)):
        return inner[0]
    return folder


def _open(folder: Path, name: str, is_zip: bool = False) -> Submission:
    path = folder / FILE_NAME
    manifest = _find_manifest(folder, is_zip)
    described = read(path, Description, SubmissionError) if path.is_file() else Description()
    found = None if described.entry else _discover(folder, manifest)
    if found is not None and found.commands and (described.params or described.smoke):
        raise SubmissionError(
            f"{path}: params: the script form takes none",
            "Write the values into the script, or name an entry.",
        )
    entry = found.entry if found is not None else described.entry
    if is_zip or manifest is not None:
        included = _inside(folder, path, described.include)
    else:
        included = _included(folder, path, described.include)
    made = [name for name, file in manifest.files.items() if file.made] if manifest else []
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    text += found.text if found is not None else ""
    chosen = choose(folder, entry, text, included, reserved=made)
    files, left_out = chosen.files, chosen.left_out
    _require_size(folder, files)
    if manifest is not None:
        if fault := _untrue(folder, manifest, set(files)):
            if is_zip:
                raise SubmissionError(
                    f"{folder}: is not what its manifest.json says: {fault}",
                    "Pack it again with `subkit pack`, or take manifest.json out.",
                )
        else:
            own = [name for name, file in manifest.files.items() if not file.made]
            files, left_out = {name: folder / name for name in own}, {}
    return Submission(
        folder=folder,
        name=_safe_name(described.name or (manifest.submission.name if manifest else name)),
        entry=entry,
        track=described.track,
        team=described.team,
        description=described.description,
        params=described.params,
        smoke=described.smoke,
        files=files,
        left_out=left_out,
        notes=(f"{_lack(path)}: {found.note}",) if found else (),
        commands=found.commands if found else (),
    )


def _discover(folder: Path, manifest: Manifest | None) -> Found:
    """Return what is taken for the entry where `submission.yaml` names none."""
    if manifest is not None and manifest.submission.entry:  # `metadata` is the bundle's own then
        entry = manifest.submission.entry
        return Found(entry, (), "the entry is the manifest's")
    found = discover(folder)
    if found is None:
        path = folder / FILE_NAME
        lacks = (
            f"{path}:1:1: entry: is missing" if path.is_file() else f"{folder}: has no {FILE_NAME}"
        )
        raise SubmissionError(
            f"{lacks}, nor is there what is taken for one without it: {LOOKED_FOR}",
            f"Write into {path} at least one line, such as `entry: submission:train`.",
        )
    return found


def _lack(described: Path) -> str:
    return f"{FILE_NAME} names no entry" if described.is_file() else f"no {FILE_NAME}"


def _find_manifest(folder: Path, is_zip: bool) -> Manifest | None:
    try:
        return find_manifest(folder)
    except ValueError as error:
        if not is_zip:
            return None  # a bundle that was unpacked, and is somebody's work again
        raise SubmissionError(
            f"{folder}: its manifest.json is {error}",
            "Pack it again with `subkit pack`, or take manifest.json out.",
        ) from None


def _untrue(folder: Path, manifest: Manifest, found: set[str]) -> str:
    """Say where an unpacked bundle is not what its manifest says; nothing where it is.

    found: what would be the submission's files if there were no manifest.
    """
    for name, file in manifest.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != file.size:
            return f"{name} is missing or has another size"
        if describe({name: path}, frozenset())[name].sha256 != file.sha256:
            return f"{name} has another content"
    if more := found - manifest.files.keys():
        return f"{min(more)} is not in it"
    return ""


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


def _inside(folder: Path, described: Path, include: tuple[str, ...]) -> dict[str, Path]:
    """Return the files of `include` where they were laid beside the code already, in a bundle.

    A zip must not have files taken from elsewhere on the machine that it is opened on.
    """
    files = {PurePath(item).name: folder / PurePath(item).name for item in include}
    for name, path in files.items():
        if not path.is_file():
            raise SubmissionError(
                f"{described}: include: {name} does not lie beside the code",
                "Pack the folder that it comes from with `subkit pack`, which lays it there.",
            )
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
