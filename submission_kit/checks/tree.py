"""The files of a submission, in a folder or a zip, read within bounds and never run."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from submission_kit.archive import Entry, entries, extract
from submission_kit.choice import MANIFEST, RESERVED, choose
from submission_kit.errors import SubkitError, SubmissionError
from submission_kit.temporary import TemporaryFolder

MAX_TEXT = 100_000
"""Bytes of a `submission.yaml` or `metadata` that are read."""


@dataclass(frozen=True)
class File:
    """A file of the submission.

    name: its path in the submission, with `/` between.
    shown: its path for a finding.
    size: in bytes.
    source: where it can be read; None where only zipfile can, since the zip is not safe to unpack.
    """

    name: str
    shown: str
    size: int
    source: Path | None


class Tree:
    """The files of a submission, as a trial or a server would have them.

    broken: why it cannot be read; empty where it can.
    refused: why a zip is not safe to unpack; it is looked into all the same.
    entries: of a zip, as stored.
    left_out: of a folder, why each other file is no part of the submission.
    root: `name/` where all lies in one top folder, from which everything is looked for.
    unreadable: why files that somebody wanted to read cannot be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_zip = path.is_file()
        self.broken = ""
        self.refused = ""
        self.entries: tuple[Entry, ...] = ()
        self.left_out: Mapping[str, str] = {}
        self.unreadable: dict[str, str] = {}
        self.files: dict[str, File] = {}
        self.root = ""
        self._unpacked: TemporaryFolder | None = None
        self._zip: zipfile.ZipFile | None = None
        self._infos: dict[str, zipfile.ZipInfo] = {}
        if self.is_zip:
            self._open()
            self.root = _top_folder(set(self.files))
        else:
            self.root = _top_folder_of(path)

    def close(self) -> None:
        """Close the zip, and remove what was unpacked of it."""
        if self._zip is not None:
            self._zip.close()
        if self._unpacked is not None:
            self._unpacked.remove()

    def shown(self, name: str) -> str:
        """Return the path of a file for a finding; of the submission where the name is empty."""
        if name in self.files:
            return self.files[name].shown
        if not name:
            return str(self.path)
        return f"{self.path}/{name}" if self.is_zip else os.path.normpath(self.path / name)

    def choose(self, entry: str, description: str, included: Mapping[str, Path]) -> None:
        """Choose the files of a folder, as a trial and `pack` do, and those that platforms read.

        entry: as it names it; empty where it does not.
        description: the text of its `submission.yaml`. Whatever `metadata` runs is kept as well.
        included: files from elsewhere, by their names.
        """
        if self.is_zip:
            return
        for name in sorted(RESERVED - {MANIFEST}):
            path = self.path / self.root / name
            if path.is_file():
                self._add(self.root + name, path)
                description += self.read(self.root + name, MAX_TEXT).decode("utf-8", "replace")
        try:
            chosen = choose(self.path, entry, description, included)
        except SubkitError as error:
            self.broken = error.message
            return
        self.left_out = chosen.left_out
        for name, path in chosen.files.items():
            self._add(name, path)

    def read(self, name: str, limit: int) -> bytes:
        """Return the first bytes of a file; none where it cannot be read, which is kept in mind."""
        try:
            source = self.files[name].source
            if source is not None:
                with source.open("rb") as file:
                    return file.read(limit)
            if self._zip is not None:
                with self._zip.open(self._infos[name]) as packed:
                    return packed.read(limit)
        except OSError as error:
            self.unreadable.setdefault(name, error.strerror or str(error))
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError):
            pass  # the zip is refused already
        return b""

    def _add(self, name: str, path: Path) -> None:
        try:
            size = path.stat().st_size
        except OSError as error:
            self.unreadable[name] = error.strerror or str(error)
        else:
            self.files[name] = File(name, os.path.normpath(path), size, path)

    def _open(self) -> None:
        try:
            self.entries = entries(self.path)
        except SubkitError as error:
            self.broken = error.message.removeprefix(f"{self.path}: ")
            return
        self._unpacked = TemporaryFolder()
        folder = self._unpacked.path
        try:
            extract(self.path, folder)
        except SubmissionError as error:
            self.refused = error.message.removeprefix(f"{self.path}: ")
            self._unpacked.remove()
            self._unpacked = None
            self._look_inside()
            return
        for entry in self.entries:
            if not entry.is_folder:
                shown = f"{self.path}/{entry.path}"
                self.files[entry.path] = File(entry.path, shown, entry.size, folder / entry.path)

    def _look_inside(self) -> None:
        """List what can be listed of a zip that is not safe to unpack; reads are bounded."""
        infos: list[zipfile.ZipInfo] = []
        try:
            self._zip = zipfile.ZipFile(self.path)
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
            pass  # refused already
        for entry, info in zip(self.entries, infos, strict=False):
            name = entry.path
            if not entry.is_folder and not entry.is_link and not entry.is_encrypted and name:
                self._infos[name] = info
                self.files[name] = File(name, f"{self.path}/{name}", entry.size, None)


def open_tree(path: Path) -> Tree:
    """Open a submission's folder or zip.

    Raises:
        SubmissionError: there is neither.
        ConfigError: a zip cannot be unpacked for want of space.
    """
    if not path.is_dir() and not path.is_file():
        what = "is neither a folder nor a file" if os.path.lexists(path) else "does not exist"
        raise SubmissionError(f"{path}: {what}", "Give the submission's folder or its zip.")
    return Tree(path)


_LITTER = {"__MACOSX", "__pycache__", "site-packages", "node_modules", "venv"}
_SIGNS = {"submission.yaml", "metadata", "metadata.yaml", "model.py", "submission.py"}


def is_litter(name: str) -> bool:
    """Whether a file of a zip is what programs drop; it has findings of its own."""
    parts = name.split("/")
    return any(part.startswith(".") or part in _LITTER for part in parts)


def _top_folder(names: set[str]) -> str:
    """Return `name/` where a single folder holds everything but litter, and a submission's sign."""
    tops = {name.partition("/")[0] for name in names if not is_litter(name)}
    (top,) = tops if len(tops) == 1 else ("",)
    inside = {name[len(top) + 1 :] for name in names if top and name.startswith(f"{top}/")}
    return f"{top}/" if _SIGNS & inside else ""


def _top_folder_of(folder: Path) -> str:
    try:
        inner = [path for path in folder.iterdir() if not is_litter(path.name)]
        if len(inner) == 1 and any((inner[0] / name).is_file() for name in _SIGNS):
            return f"{inner[0].name}/"
    except OSError:
        pass  # the choice of files says so
    return ""
