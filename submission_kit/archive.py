"""Zips: read without trust, and written in one form.

    header, content | header, content | … | directory: a header for each entry | end record
    ▲                                       └── offset of the entry ───┐    ▲         │
    └──────────────────────────────────────────────────────────────────┘    └─ start ─┘

A zip is read from its end. What one part says of another is checked before it is relied on: how
many entries there are before the directory is read, how large they are together before the first
is unpacked, what each amounts to while it is. Two readers must not see two different zips, so what
is ambiguous is refused: offsets that are off, entries that overlap, headers that disagree. zipfile
takes most of these, and raises half a dozen kinds of exception besides.

What is written here is stored, not compressed, since the bytes of deflate differ from one build of
zlib to another: sorted names, 1980-01-01, mode 0644, made on Unix, no extra fields.
"""

from __future__ import annotations

import contextlib
import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from .errors import ConfigError, SubmissionError
from .quantities import format_size

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

STORED, DEFLATED = 0, 8

_ENCRYPTED = 0x1 | 0x40  # bits of an entry's flags: with a password, by PKWARE's strong encryption
_SIZES_FOLLOW = 0x8
_UTF8 = 0x800
_SEE_ZIP64, _SEE_ZIP64_SHORT = 0xFFFFFFFF, 0xFFFF  # in place of what is too large for its field
_ZIP64_EXTRA = 1
_FIRST_DAY = 1 << 5 | 1  # 1980-01-01, the first that a zip can say

# All fields of each record, by the format's specification (APPNOTE 4.3).
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s2B5H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCATOR64 = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_EXTRA = struct.Struct("<2H")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCATOR64_MARK, _END64_MARK = b"PK\x06\x07", b"PK\x06\x06"
_LONGEST_COMMENT = 0xFFFF

_CHUNK = 1 << 18
"""Bytes that are read or unpacked at a time."""

_METHODS = {9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "zstd", 95: "xz", 99: "AES encryption"}
_OTHER_FORMATS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "RAR",
    b"\x28\xb5\x2f\xfd": "zstd",
}

_AGAIN = "Pack or download it again; `unzip -t` tests a zip."
_RENAME = "Rename it, and pack anew."


@dataclass(frozen=True)
class Entry:
    """What a zip's directory says of one entry, true or not.

    name: as it is stored; bytes that are no UTF-8 stand as halves of surrogate pairs.
    size, compressed: bytes.
    mode: Unix type and rights; 0 where there are none.
    system: on what kind of system it was made; 0 is Windows, 3 is Unix.
    method: how it is compressed, 0 not at all, 8 by deflate.
    offset: of its header in the zip.
    """

    name: str
    size: int
    compressed: int
    mode: int
    system: int
    method: int
    flags: int
    crc: int
    offset: int

    @property
    def path(self) -> str:
        """The name as a relative path: without `.`, and without a slash at the end."""
        return "/".join(_parts(self.name))

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder: by its name, as all readers have it."""
        return self.name.endswith("/")

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)

    @property
    def is_special(self) -> bool:
        """Whether it is a device, a pipe or a socket, or no folder in spite of its name."""
        usual = (0, stat.S_IFLNK, stat.S_IFDIR if self.is_folder else stat.S_IFREG)
        return stat.S_IFMT(self.mode) not in usual

    @property
    def is_encrypted(self) -> bool:
        """Whether it takes a password to read."""
        return bool(self.flags & _ENCRYPTED)


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
        return _directory(path, file)[0]


def extract(path: Path, folder: Path) -> None:
    """Unpack a zip into a new folder.

    Memory is bounded by the directory, disk by `MAX_SIZE`. Rights and times are left aside, so
    every file can be read; a zip within the zip is a file like any other.

    Raises:
        SubmissionError: the zip is damaged or unsafe. Part of it may have been unpacked.
        ConfigError: the folder cannot be written.
    """
    with _opened(path) as file:
        listed, end = _directory(path, file)
        _require_safe(path, listed)
        for entry, start in _placed(path, file, listed, end):
            target = folder / entry.path
            try:
                if entry.is_folder:
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as copy:
                    for piece in _content(path, file, entry, start):
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
        flags = 0 if raw.isascii() else _UTF8
        fields = (20, flags, STORED, 0, _FIRST_DAY, crc, size, size, len(raw), 0)
        mode = (stat.S_IFREG | 0o644) << 16
        central = _CENTRAL.pack(_CENTRAL_MARK, 20, 3, *fields, 0, 0, 0, mode, position)
        directory.append(central + raw)
        sink.write(_LOCAL.pack(_LOCAL_MARK, *fields) + raw)
        again = 0
        for piece in pieces(source):
            again = zlib.crc32(piece, again)
            sink.write(piece)
        if again != crc:
            raise SubmissionError(f"{source!s}: changed while it was packed", "Pack again.")
        position += _LOCAL.size + len(raw) + size
    whole, count = b"".join(directory), len(directory)
    sink.write(whole + _END.pack(_END_MARK, 0, 0, count, count, len(whole), position, 0))


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
            while piece := file.read(_CHUNK):
                yield piece
    except OSError as error:
        raise SubmissionError(f"{source}: cannot be read: {error.strerror}") from error


def name_fault(name: str) -> str:
    """Say why a name is no plain relative path; nothing where it is one."""
    parts = _parts(name)
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
        parts = _parts(name)
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


def _parts(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".")]


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
        return "is a folder with a content of its own", _AGAIN
    if entry.method == STORED and entry.size != entry.compressed:
        return "is damaged: stored in another size than its own", _AGAIN
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


def _directory(path: Path, file: BinaryIO) -> tuple[tuple[Entry, ...], int]:
    """Return the entries, and where the directory starts: no entry reaches beyond."""
    length = file.seek(0, 2)
    if length > MAX_SIZE:
        raise SubmissionError(
            f"{path}: holds {format_size(length)}, more than {format_size(MAX_SIZE)}",
            "Leave out what the submission does not need.",
        )
    count, size, start = _end(path, file, length)
    _require_few(path, count)
    if size > MAX_DIRECTORY:
        raise SubmissionError(
            f"{path}: its directory takes {format_size(size)}, "
            f"more than {format_size(MAX_DIRECTORY)}",
            _AGAIN,
        )
    file.seek(start)
    listed = tuple(_parse(path, file.read(size)))
    if len(listed) != count:
        raise _damaged(path, f"its directory has {len(listed)} entries, not {count} as it says")
    return listed, start


def _end(path: Path, file: BinaryIO, length: int) -> tuple[int, int, int]:
    """Return the directory's number of entries, its size and its start, from the end record."""
    tail_start = max(0, length - _END.size - _LONGEST_COMMENT)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(_END_MARK)
    while at >= 0:  # the mark may stand in the comment too
        if at + _END.size <= len(tail):
            _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(tail, at)
            if at + _END.size + comment == len(tail):
                break
        at = tail.rfind(_END_MARK, 0, at + len(_END_MARK) - 1)
    else:
        raise _no_zip(path, file)
    end = tail_start + at
    if disk or first_disk or here != count:
        raise SubmissionError(f"{path}: is one part of several", "Pack it in one part.")
    file.seek(max(0, end - _LOCATOR64.size))
    locator = file.read(_LOCATOR64.size)
    if end >= _LOCATOR64.size and locator.startswith(_LOCATOR64_MARK):
        end, large = _end64(path, file, locator, end - _LOCATOR64.size)
        marks = (_SEE_ZIP64_SHORT, _SEE_ZIP64, _SEE_ZIP64)
        for short, mark, value in zip((count, size, start), marks, large, strict=True):
            if short not in (mark, value):
                raise _damaged(path, "its two end records disagree")
        count, size, start = large
    if start + size != end:
        raise _damaged(path, "its directory is not where it says: cut, or with data put before it")
    return count, size, start


def _end64(path: Path, file: BinaryIO, locator: bytes, at: int) -> tuple[int, tuple[int, int, int]]:
    """Return where zip64's end record stands, and its number, size and start."""
    _, disk, where, disks = _LOCATOR64.unpack(locator)
    file.seek(min(where, at))
    record = file.read(_END64.size)
    if len(record) < _END64.size or not record.startswith(_END64_MARK):
        raise _damaged(path, "its zip64 end record is not where it says")
    _, rest, _, _, this, first, here, count, size, start = _END64.unpack(record)
    if where + 12 + rest != at:  # the first 12 bytes are not counted
        raise _damaged(path, "its zip64 end record is not where it says")
    if disk or disks > 1 or this or first or here != count:
        raise SubmissionError(f"{path}: is one part of several", "Pack it in one part.")
    return where, (count, size, start)


def _parse(path: Path, directory: bytes) -> Iterator[Entry]:
    at = 0
    while at < len(directory):
        if at + _CENTRAL.size > len(directory) or not directory.startswith(_CENTRAL_MARK, at):
            raise _damaged(path, "its directory is broken")
        (
            _,
            _,
            system,
            _,
            flags,
            method,
            _,
            _,
            crc,
            compressed,
            size,
            *lengths,
            disk,
            _,
            rights,
            offset,
        ) = _CENTRAL.unpack_from(directory, at)
        at += _CENTRAL.size
        name, extra, _ = lengths
        raw = directory[at : at + name]
        wide = _zip64(directory[at + name : at + name + extra])
        at += sum(lengths)
        try:
            size = next(wide) if size == _SEE_ZIP64 else size
            compressed = next(wide) if compressed == _SEE_ZIP64 else compressed
            offset = next(wide) if offset == _SEE_ZIP64 else offset
        except StopIteration:
            raise _damaged(path, "an entry lacks its zip64 sizes") from None
        if at > len(directory) or disk:
            raise _damaged(path, "its directory is broken")
        text = raw.decode("utf-8", "surrogateescape")
        yield Entry(text, size, compressed, rights >> 16, system, method, flags, crc, offset)


def _zip64(extra: bytes) -> Iterator[int]:
    """Yield the 8-byte values of the zip64 field, if there is one."""
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if kind == _ZIP64_EXTRA:
            for place in range(at, min(at + length, len(extra)) - 7, 8):
                yield int.from_bytes(extra[place : place + 8], "little")
            return
        at += length


def _placed(
    path: Path, file: BinaryIO, listed: Iterable[Entry], end: int
) -> Iterator[tuple[Entry, int]]:
    """Yield each entry with the place of its content, none of which another one shares."""
    free = 0
    for entry in sorted(listed, key=lambda entry: entry.offset):
        if entry.offset < free:
            raise _damaged(path, f"{entry.name!r} overlaps another entry")
        file.seek(min(entry.offset, end))
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MARK):
            raise _damaged(path, f"{entry.name!r} is not where the directory says")
        _, _, flags, method, _, _, crc, compressed, size, name, extra = _LOCAL.unpack(header)
        raw = file.read(name)
        start = entry.offset + _LOCAL.size + name + extra
        free = start + entry.compressed
        if free > end:
            raise _damaged(path, f"{entry.name!r} is cut short")
        same = raw.decode("utf-8", "surrogateescape") == entry.name and method == entry.method
        same = same and not (flags ^ entry.flags) & _ENCRYPTED
        if not flags & _SIZES_FOLLOW:
            same = same and crc == entry.crc
            same = same and size in (entry.size, _SEE_ZIP64)
            same = same and compressed in (entry.compressed, _SEE_ZIP64)
        if not same:
            raise _damaged(path, f"{entry.name!r} and its entry in the directory disagree")
        yield entry, start


def _content(path: Path, file: BinaryIO, entry: Entry, start: int) -> Iterator[bytes]:
    """Yield an entry's content in pieces; never more than the directory says."""
    crc = size = 0
    for piece in _unpacked(path, file, entry, start):
        crc, size = zlib.crc32(piece, crc), size + len(piece)
        if size > entry.size:
            raise _damaged(path, f"{entry.name!r} holds more than the {entry.size} bytes it says")
        yield piece
    if size != entry.size or crc != entry.crc:
        raise _damaged(path, f"{entry.name!r} is not what it was: wrong size or checksum")


def _unpacked(path: Path, file: BinaryIO, entry: Entry, start: int) -> Iterator[bytes]:
    file.seek(start)
    left = entry.compressed
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
    try:
        while left:
            packed = file.read(min(_CHUNK, left))
            left -= len(packed)
            if not packed:
                raise _damaged(path, f"{entry.name!r} is cut short")
            if inflate is None:
                yield packed
                continue
            while packed:
                yield inflate.decompress(packed, _CHUNK)
                packed = inflate.unconsumed_tail
            if inflate.eof and (left or inflate.unused_data):
                raise _damaged(path, f"{entry.name!r} ends before its packed bytes do")
        if inflate is not None:
            yield inflate.flush()
            if not inflate.eof:
                raise _damaged(path, f"{entry.name!r} is cut short")
    except zlib.error as error:
        raise _damaged(path, f"{entry.name!r} cannot be unpacked: {error}") from error


def _no_zip(path: Path, file: BinaryIO) -> SubmissionError:
    """Say what a file is that has no end record."""
    file.seek(0)
    head = file.read(512)
    if not head:
        return SubmissionError(f"{path}: is empty", _AGAIN)
    if head.startswith(_LOCAL_MARK):
        return _damaged(path, "it is cut short: a zip's end is missing")
    names = [name for mark, name in _OTHER_FORMATS.items() if head.startswith(mark)]
    if head[257:262] == b"ustar":
        names.append("tar")
    what = f": it is {names[0]}" if names else ""
    return SubmissionError(f"{path}: is no zip{what}", "Pack a zip with `subkit pack`.")


def _damaged(path: Path, what: str) -> SubmissionError:
    return SubmissionError(f"{path}: is damaged: {what}", _AGAIN)
