"""Zips: opened without trust, and written in one form.

What a zip says of itself is checked before it is relied on: how many entries there are before its
directory is read, how large they are together before the first is unpacked, and what each amounts
to while it is. `zipformat` reads the headers.

What is written here is stored, not compressed, since the bytes of deflate differ from one build of
zlib to another: sorted names, 1980-01-01, mode 0644, made on Unix, no extra fields.
"""

from __future__ import annotations

import contextlib
import re
import stat
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from . import zipformat
from .errors import ConfigError, SubmissionError
from .quantities import format_size
from .zipformat import (
    AGAIN,
    CHUNK,
    DEFLATED,
    END,
    END_MARK,
    FIRST_DAY,
    LOCAL,
    LOCAL_MARK,
    STORED,
    UTF8,
    Entry,
    parts_of,
)

__all__ = ["Entry", "entries", "extract", "name_fault", "pieces", "require_safe_names", "write"]

MAX_SIZE = 300_000_000
"""Bytes of a zip, and of all its files together: what CodaLab takes as a bundle by default."""

MAX_ENTRIES = 10_000
"""Files and folders in a zip."""

MAX_DIRECTORY = 16_000_000
"""Bytes of a zip's directory."""

MAX_RATIO = 100
"""How many times its packed size a zip may hold, where it holds more than `RATIO_FROM`."""

RATIO_FROM = 10_000_000
"""Bytes."""

MAX_NAME = 1000
"""Bytes of an entry's whole name; between two slashes at most 255, what file systems take."""

MAX_DEPTH = 32
"""Folders within one another."""

_METHODS = {9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "zstd", 95: "xz", 99: "AES encryption"}
_RENAME = "Rename it, and pack anew."


class Sink(Protocol):
    """Takes what is written, from the first byte to the last."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""
        ...


def entries(path: Path) -> tuple[Entry, ...]:
    """Read a zip's directory. What the entries say may be unsafe or untrue, see `extract`.

    Raises:
        SubmissionError: it is no zip, is cut short or damaged, or has too many entries.
    """
    with _opened(path) as file:
        return _listed(path, file)[0]


def extract(path: Path, folder: Path) -> None:
    """Unpack a zip into a new folder.

    Memory is bounded by the directory, disk by `MAX_SIZE`. Rights and times are left aside, so
    every file can be read; a zip within the zip is a file like any other.

    Raises:
        SubmissionError: the zip is damaged or unsafe. Part of it may have been unpacked.
        ConfigError: the folder cannot be written.
    """
    with _opened(path) as file:
        listed, end = _listed(path, file)
        _require_safe(path, listed)
        for entry, start in zipformat.placed(path, file, listed, end):
            target = folder / entry.path
            try:
                if entry.is_folder:
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as copy:
                    for piece in zipformat.content(path, file, entry, start):
                        copy.write(piece)
            except OSError as error:
                raise ConfigError(
                    f"{path}: {entry.name} cannot be unpacked: {error.strerror}",
                    "Free some space, or set TMPDIR to a folder on another disk.",
                ) from error


def write(sink: Sink, files: Mapping[str, Path | bytes]) -> None:
    """Write files as a zip, in the one form. The names must be safe, see `require_safe_names`.

    Raises:
        SubmissionError: a file cannot be read, or changes meanwhile.
    """
    directory, position = [], 0
    for name, source in sorted(files.items()):
        crc = size = 0
        for piece in pieces(source):
            crc, size = zlib.crc32(piece, crc), size + len(piece)
        raw = name.encode()
        flags = 0 if raw.isascii() else UTF8
        fields = (20, flags, STORED, 0, FIRST_DAY, crc, size, size, len(raw), 0)
        mode = (stat.S_IFREG | 0o644) << 16
        central = zipformat.CENTRAL.pack(
            zipformat.CENTRAL_MARK, 20, 3, *fields, 0, 0, 0, mode, position
        )
        directory.append(central + raw)
        sink.write(LOCAL.pack(LOCAL_MARK, *fields) + raw)
        again = 0
        for piece in pieces(source):
            again = zlib.crc32(piece, again)
            sink.write(piece)
        if again != crc:
            raise SubmissionError(f"{source!s}: changed while it was packed", "Pack again.")
        position += LOCAL.size + len(raw) + size
    whole, count = b"".join(directory), len(directory)
    sink.write(whole + END.pack(END_MARK, 0, 0, count, count, len(whole), position, 0))


def pieces(source: Path | bytes) -> Iterator[bytes]:
    """Yield a file's content, or the bytes themselves, in pieces of bounded size.

    Raises:
        SubmissionError: the file cannot be read.
    """
    if isinstance(source, bytes):
        yield source
        return
    try:
        with source.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
    except OSError as error:
        raise SubmissionError(f"{source}: cannot be read: {error.strerror}") from error


def name_fault(name: str) -> str:
    """Say why a name is no plain relative path; nothing where it is one."""
    parts = parts_of(name)
    if not parts:
        return "names nothing"
    if any(unicodedata.category(char) == "Cs" for char in name):
        return "is not UTF-8"
    if any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in name):
        return "holds control characters"
    if "\\" in name:
        return "holds a backslash, which is a part of the name here and a folder on Windows"
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "is absolute"
    if ".." in parts:
        return "leads out of its folder"
    if len(name.encode()) > MAX_NAME or any(len(part.encode()) > 255 for part in parts):
        return "is too long"
    if len(parts) > MAX_DEPTH:
        return f"is nested more than {MAX_DEPTH} folders deep"
    return ""


def require_safe_names(path: Path, names: Iterable[str]) -> None:
    """See that all these can lie in one folder, on any system.

    path: for messages alone.
    names: relative paths; one that ends in a slash is a folder's.

    Raises:
        SubmissionError: one is no plain relative path, two would come to the same place, or there
            are more than `MAX_ENTRIES`.
    """
    names = tuple(names)
    _require_few(path, len(names))
    places: dict[str, tuple[str, bool]] = {}
    files: set[str] = set()
    for name in names:
        if fault := name_fault(name):
            raise SubmissionError(f"{path}: the name {name!r} {fault}", _RENAME)
        parts = parts_of(name)
        for depth in range(1, len(parts) + 1):
            place, is_folder = "/".join(parts[:depth]), depth < len(parts) or name.endswith("/")
            before, was_folder = places.setdefault(_folded(place), (place, is_folder))
            if before != place:
                raise SubmissionError(
                    f"{path}: {before} and {place} differ in case or accents alone; "
                    "on Windows and macOS one is written over the other",
                    _RENAME,
                )
            if was_folder != is_folder:
                raise SubmissionError(f"{path}: {place} is both a file and a folder", _RENAME)
        if place in files:
            raise SubmissionError(f"{path}: {place} stands twice", "Pack each file once.")
        if not is_folder:
            files.add(place)


def _folded(name: str) -> str:
    """Return what is left of a name where neither case nor the way to write an accent counts."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _require_few(path: Path, count: int) -> None:
    if count > MAX_ENTRIES:
        raise SubmissionError(
            f"{path}: holds {count} files and folders, more than {MAX_ENTRIES}",
            "Leave out what the submission does not need.",
        )


def _require_safe(path: Path, listed: Iterable[Entry]) -> None:
    """See that what a zip's directory says can be unpacked without harm."""
    listed = tuple(listed)
    size, compressed = sum(e.size for e in listed), sum(e.compressed for e in listed)
    if size > MAX_SIZE:
        raise SubmissionError(
            f"{path}: unpacks to {format_size(size)}, more than {format_size(MAX_SIZE)}",
            "Leave out what the submission does not need.",
        )
    if size > RATIO_FROM and size > MAX_RATIO * compressed:
        raise SubmissionError(
            f"{path}: unpacks to {format_size(size)}, more than {MAX_RATIO} times what is packed, "
            "as a zip bomb does",
            "Make in the code what is so regular, and leave it out.",
        )
    for entry in listed:
        if fault := _entry_fault(entry):
            message, mend = fault
            raise SubmissionError(f"{path}: {entry.name!r} {message}", mend)
    require_safe_names(path, (entry.name for entry in listed))


def _entry_fault(entry: Entry) -> tuple[str, str] | None:
    """Return what is wrong with an entry, and the mend."""
    if entry.is_encrypted:
        return "is encrypted", "Pack without a password."
    if entry.method not in (STORED, DEFLATED):
        name = _METHODS.get(entry.method, f"method {entry.method}")
        return f"is compressed by {name}", "Pack with deflate, as `zip` does, or without."
    if entry.is_link:
        return "is a link", "Put in its place what it leads to."
    if entry.is_special:
        return "is neither a file nor a folder", "Leave it out."
    if entry.is_folder and entry.size:
        return "is a folder with a content of its own", AGAIN
    if entry.method == STORED and entry.size != entry.compressed:
        return "is damaged: stored in another size than its own", AGAIN
    return None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if not path.is_file():
        what = "is no file" if path.exists() else "does not exist"
        raise SubmissionError(f"{path}: {what}", "Give a zip.")
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise SubmissionError(f"{path}: cannot be read: {error.strerror}") from error


def _listed(path: Path, file: BinaryIO) -> tuple[tuple[Entry, ...], int]:
    """Return the entries, and where the directory starts: no entry reaches beyond."""
    length = file.seek(0, 2)
    if length > MAX_SIZE:
        raise SubmissionError(
            f"{path}: holds {format_size(length)}, more than {format_size(MAX_SIZE)}",
            "Leave out what the submission does not need.",
        )
    found = zipformat.find_directory(path, file)
    _require_few(path, found.number)
    if found.size > MAX_DIRECTORY:
        raise SubmissionError(
            f"{path}: its directory takes {format_size(found.size)}, "
            f"more than {format_size(MAX_DIRECTORY)}",
            AGAIN,
        )
    return zipformat.read_directory(path, file, found), found.start
