"""Zips that no packer would write, for tests: every field of every header can be set."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

NATIVE = {
    "submission.py": b"def train(images, labels, *, seed):\n    return lambda x: [0] * len(x)\n",
    "submission.yaml": b"entry: submission:train\n",
}
"""The files of a small submission."""


@dataclass
class Part:
    """An entry, as the zip is to have it; what is None follows from the content."""

    name: str | bytes
    content: bytes = b""
    method: int = 0
    flags: int | None = None
    mode: int = 0o100644
    system: int = 3
    size: int | None = None
    compressed: int | None = None
    crc: int | None = None
    offset: int | None = None
    extra: bytes = b""
    local: dict[str, Any] | None = None  # fields of the local header that say something else


def made_of(files: dict[str, bytes], method: int = 8) -> list[Part]:
    return [Part(name, content, method) for name, content in files.items()]


def zipped(
    parts: Iterable[Part],
    *,
    before: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    disk: int = 0,
    zip64: bool = False,
) -> bytes:
    """Write a zip."""
    body, directory, number = before, b"", 0
    for part in parts:
        number += 1
        raw = part.name if isinstance(part.name, bytes) else part.name.encode()
        packed = part.content
        if part.method == 8:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = deflate.compress(part.content) + deflate.flush()
        said = {
            "flags": (0 if raw.isascii() else 0x800) if part.flags is None else part.flags,
            "method": part.method,
            "crc": zlib.crc32(part.content) if part.crc is None else part.crc,
            "compressed": len(packed) if part.compressed is None else part.compressed,
            "size": len(part.content) if part.size is None else part.size,
            "name": raw,
        }
        offset = len(body) if part.offset is None else part.offset
        body += _local(**{**said, **(part.local or {})}) + packed
        extra = part.extra
        if zip64:
            values = (said["size"], said["compressed"], offset)
            extra += struct.pack("<2H3Q", 1, 24, *values)
            said |= {"size": 0xFFFFFFFF, "compressed": 0xFFFFFFFF}
            offset = 0xFFFFFFFF
        directory += struct.pack(
            "<4s2B5H3L5H2L", b"PK\1\2", 20, part.system, 20, said["flags"], said["method"], 0, 33,
            said["crc"], said["compressed"], said["size"], len(raw), len(extra), 0, 0, 0,
            (part.mode << 16) & 0xFFFFFFFF, offset,
        ) + raw + extra  # fmt: skip
    number = number if count is None else count
    start = len(body)
    end = directory
    if zip64:
        record = struct.pack(
            "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, number, number, len(directory), start
        )
        end += record + struct.pack("<4sLQL", b"PK\6\7", 0, start + len(directory), 1)
    short = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    plain = (number & 0xFFFF, number & 0xFFFF, len(directory), start)
    end += struct.pack("<4s4H2LH", b"PK\5\6", disk, 0, *(short if zip64 else plain), len(comment))
    return body + end + comment


def _local(flags: int, method: int, crc: int, compressed: int, size: int, name: bytes) -> bytes:
    head = (b"PK\3\4", 20, flags, method, 0, 33, crc, compressed, size, len(name), 0)
    return struct.pack("<4s5H3L2H", *head) + name
