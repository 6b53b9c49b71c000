"""The zip format, read without trust.

    header, content | header, content | … | directory: a header for each entry | end record
    ▲                                       └── offset of the entry ───┐    ▲         │
    └──────────────────────────────────────────────────────────────────┘    └─ start ─┘

A zip is read from its end. Two readers must not see two different zips, so what is ambiguous is
refused: offsets that are off, entries that overlap, headers that disagree. zipfile takes most of
these, and raises half a dozen kinds of exception besides. Here all faults are a `SubmissionError`.

`archive` sets the limits, and says which entries are safe.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .errors import SubmissionError

STORED, DEFLATED = 0, 8

_ENCRYPTED = 0x1 | 0x40  # bits of an entry's flags: with a password, by PKWARE's strong encryption
_SIZES_FOLLOW = 0x8
UTF8 = 0x800
_SEE_ZIP64, _SEE_ZIP64_SHORT = 0xFFFFFFFF, 0xFFFF  # in place of what is too large for its field
_ZIP64_EXTRA = 1
FIRST_DAY = 1 << 5 | 1  # 1980-01-01, the first that a zip can say

# All fields of each record, by the format's specification (APPNOTE 4.3).
LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s2B5H3L5H2L")
END = struct.Struct("<4s4H2LH")
_LOCATOR64 = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_EXTRA = struct.Struct("<2H")
LOCAL_MARK, CENTRAL_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCATOR64_MARK, _END64_MARK = b"PK\x06\x07", b"PK\x06\x06"
_LONGEST_COMMENT = 0xFFFF

CHUNK = 1 << 18
"""Bytes that are read or unpacked at a time."""

_OTHER_FORMATS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "RAR",
    b"\x28\xb5\x2f\xfd": "zstd",
}

AGAIN = "Pack or download it again; `unzip -t` tests a zip."
"""The mend of what is damaged."""


class Directory(NamedTuple):
    """What the end record says of the directory: entries in it, bytes, where it starts."""

    number: int
    size: int
    start: int


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
        return "/".join(parts_of(self.name))

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


def find_directory(path: Path, file: BinaryIO) -> Directory:
    """Find a zip's directory; nothing of it is read.

    path: for messages alone, here and below.
    """
    length = file.seek(0, 2)
    tail_start = max(0, length - END.size - _LONGEST_COMMENT)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(END_MARK)
    while at >= 0:  # the mark may stand in the comment too
        if at + END.size <= len(tail):
            _, disk, first_disk, here, count, size, start, comment = END.unpack_from(tail, at)
            if at + END.size + comment == len(tail):
                break
        at = tail.rfind(END_MARK, 0, at + len(END_MARK) - 1)
    else:
        raise no_zip(path, file)
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
                raise damaged(path, "its two end records disagree")
        count, size, start = large
    if start + size != end:
        raise damaged(path, "its directory is not where it says: cut, or with data put before it")
    return Directory(count, size, start)


def _end64(path: Path, file: BinaryIO, locator: bytes, at: int) -> tuple[int, tuple[int, int, int]]:
    """Return where zip64's end record stands, and its number, size and start."""
    _, disk, where, disks = _LOCATOR64.unpack(locator)
    file.seek(min(where, at))
    record = file.read(_END64.size)
    if len(record) < _END64.size or not record.startswith(_END64_MARK):
        raise damaged(path, "its zip64 end record is not where it says")
    _, rest, _, _, this, first, here, count, size, start = _END64.unpack(record)
    if where + 12 + rest != at:  # the first 12 bytes are not counted
        raise damaged(path, "its zip64 end record is not where it says")
    if disk or disks > 1 or this or first or here != count:
        raise SubmissionError(f"{path}: is one part of several", "Pack it in one part.")
    return where, (count, size, start)


def read_directory(path: Path, file: BinaryIO, found: Directory) -> tuple[Entry, ...]:
    """Read a zip's directory, which is held in memory as a whole."""
    file.seek(found.start)
    listed = tuple(_parse(path, file.read(found.size)))
    if len(listed) != found.number:
        what = f"its directory has {len(listed)} entries, not {found.number} as it says"
        raise damaged(path, what)
    return listed


def _parse(path: Path, directory: bytes) -> Iterator[Entry]:
    at = 0
    while at < len(directory):
        if at + CENTRAL.size > len(directory) or not directory.startswith(CENTRAL_MARK, at):
            raise damaged(path, "its directory is broken")
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
        ) = CENTRAL.unpack_from(directory, at)
        at += CENTRAL.size
        name, extra, _ = lengths
        raw = directory[at : at + name]
        wide = _zip64(directory[at + name : at + name + extra])
        at += sum(lengths)
        try:
            size = next(wide) if size == _SEE_ZIP64 else size
            compressed = next(wide) if compressed == _SEE_ZIP64 else compressed
            offset = next(wide) if offset == _SEE_ZIP64 else offset
        except StopIteration:
            raise damaged(path, "an entry lacks its zip64 sizes") from None
        if at > len(directory) or disk:
            raise damaged(path, "its directory is broken")
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


def placed(
    path: Path, file: BinaryIO, listed: Iterable[Entry], end: int
) -> Iterator[tuple[Entry, int]]:
    """Yield each entry with the place of its content, none of which another one shares."""
    free = 0
    for entry in sorted(listed, key=lambda entry: entry.offset):
        if entry.offset < free:
            raise damaged(path, f"{entry.name!r} overlaps another entry")
        file.seek(min(entry.offset, end))
        header = file.read(LOCAL.size)
        if len(header) < LOCAL.size or not header.startswith(LOCAL_MARK):
            raise damaged(path, f"{entry.name!r} is not where the directory says")
        _, _, flags, method, _, _, crc, compressed, size, name, extra = LOCAL.unpack(header)
        raw = file.read(name)
        start = entry.offset + LOCAL.size + name + extra
        free = start + entry.compressed
        if free > end:
            raise damaged(path, f"{entry.name!r} is cut short")
        same = raw.decode("utf-8", "surrogateescape") == entry.name and method == entry.method
        same = same and not (flags ^ entry.flags) & _ENCRYPTED
        if not flags & _SIZES_FOLLOW:
            same = same and crc == entry.crc
            same = same and size in (entry.size, _SEE_ZIP64)
            same = same and compressed in (entry.compressed, _SEE_ZIP64)
        if not same:
            raise damaged(path, f"{entry.name!r} and its entry in the directory disagree")
        yield entry, start


def content(path: Path, file: BinaryIO, entry: Entry, start: int) -> Iterator[bytes]:
    """Yield an entry's content in pieces; never more than the directory says."""
    crc = size = 0
    for piece in _unpacked(path, file, entry, start):
        crc, size = zlib.crc32(piece, crc), size + len(piece)
        if size > entry.size:
            raise damaged(path, f"{entry.name!r} holds more than the {entry.size} bytes it says")
        yield piece
    if size != entry.size or crc != entry.crc:
        raise damaged(path, f"{entry.name!r} is not what it was: wrong size or checksum")


def _unpacked(path: Path, file: BinaryIO, entry: Entry, start: int) -> Iterator[bytes]:
    file.seek(start)
    left = entry.compressed
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
    try:
        while left:
            packed = file.read(min(CHUNK, left))
            left -= len(packed)
            if not packed:
                raise damaged(path, f"{entry.name!r} is cut short")
            if inflate is None:
                yield packed
                continue
            while packed:
                yield inflate.decompress(packed, CHUNK)
                packed = inflate.unconsumed_tail
            if inflate.eof and (left or inflate.unused_data):
                raise damaged(path, f"{entry.name!r} ends before its packed bytes do")
        if inflate is not None:
            yield inflate.flush()
            if not inflate.eof:
                raise damaged(path, f"{entry.name!r} is cut short")
    except zlib.error as error:
        raise damaged(path, f"{entry.name!r} cannot be unpacked: {error}") from error


def no_zip(path: Path, file: BinaryIO) -> SubmissionError:
    """Say what a file is that has no end record."""
    file.seek(0)
    head = file.read(512)
    if not head:
        return SubmissionError(f"{path}: is empty", AGAIN)
    if head.startswith(LOCAL_MARK):
        return damaged(path, "it is cut short: a zip's end is missing")
    names = [name for mark, name in _OTHER_FORMATS.items() if head.startswith(mark)]
    if head[257:262] == b"ustar":
        names.append("tar")
    what = f": it is {names[0]}" if names else ""
    return SubmissionError(f"{path}: is no zip{what}", "Pack a zip with `subkit pack`.")


def damaged(path: Path, what: str) -> SubmissionError:
    """Return the error of a zip that is not whole, or contradicts itself."""
    return SubmissionError(f"{path}: is damaged: {what}", AGAIN)


def parts_of(name: str) -> list[str]:
    """Split a name where it has slashes; what means the folder itself is no part."""
    return [part for part in name.split("/") if part not in ("", ".")]
