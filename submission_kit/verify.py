"""Whether a bundle is what `pack` made of it: every byte.

A zip of one form alone makes that short. What it holds is compared with its manifest; then the zip
is written once more from what it holds, and must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .archive import entries, extract, write
from .choice import MANIFEST
from .errors import SubmissionError
from .manifest import Manifest, describe, find_manifest
from .temporary import TemporaryFolder


@dataclass(frozen=True)
class Verification:
    """What was found of a bundle.

    manifest: None where there is none that can be read.
    faults: what is wrong, in words; none where the bundle is what `pack` made of it.
    """

    manifest: Manifest | None
    faults: tuple[str, ...]


def verify(path: Path) -> Verification:
    """Verify a bundle: safe to unpack, with a manifest that is true, and nothing changed since.

    Raises:
        ConfigError: there is no room to unpack it.
    """
    with TemporaryFolder() as folder:
        try:
            extract(path, folder)
            manifest = find_manifest(folder)
        except SubmissionError as error:
            return Verification(None, (error.message,))
        except ValueError as error:
            return Verification(None, (f"{MANIFEST} is {error}",))
        if manifest is None:
            return Verification(None, (f"has no {MANIFEST} of `subkit pack`",))
        names = {entry.path for entry in entries(path)}
        faults = tuple(_untrue(folder, manifest, names - {MANIFEST}))
        if not faults and not _is_as_written(path, {name: folder / name for name in names}):
            faults = ("its files are as they were, but the zip around them is not",)
        return Verification(manifest, faults)


def _untrue(folder: Path, manifest: Manifest, names: set[str]) -> Iterator[str]:
    """Yield where the files are not what the manifest says."""
    for name in sorted(names | manifest.files.keys()):
        if name not in manifest.files:
            yield f"{name} is not in the manifest"
        elif name not in names:
            yield f"{name} is missing"
        elif (folder / name).is_dir():
            yield f"{name} is a folder"
        else:
            held, said = describe({name: folder / name}, frozenset())[name], manifest.files[name]
            if (held.size, held.sha256) != (said.size, said.sha256):
                yield f"{name} has another content than the manifest says"


def _is_as_written(path: Path, files: dict[str, Path]) -> bool:
    with path.open("rb") as file:
        comparison = _Comparison(file)
        write(comparison, files)
        return comparison.is_same and not file.read(1)


class _Comparison:
    """Takes what would be written, and compares it with what is there."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.is_same = True

    def write(self, data: bytes, /) -> None:
        """Compare the next bytes."""
        self.is_same = self.is_same and self._file.read(len(data)) == data
