"""File names in the order a person means: runs of digits compare as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RUN_OF_DIGITS = re.compile("([0-9]+)")
_ALL_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"000000000")


def natural_order(names: Sequence[str]) -> list[str]:
    """Sort names so that "2.png" comes before "10.png"; of "1" and "01", plain order decides."""
    # Names that differ in their digits alone (0001.jpg, 0002.jpg, …) need no taking apart: plain
    # order is the same, four times as fast, and felt with tens of thousands of files.
    if len({_shape(name) for name in names}) <= 1:
        return sorted(names)
    return sorted(names, key=_key)


def _shape(name: str) -> bytes:
    # surrogatepass: a name on disk need not be valid in the file system's encoding.
    return name.encode("utf-8", "surrogatepass").translate(_ALL_DIGITS_ALIKE)


def _key(name: str) -> tuple[list[str | tuple[int, str]], str]:
    # Split on a group, text and digits alternate, so that like is always compared with like.
    parts: list[str | tuple[int, str]] = list(_RUN_OF_DIGITS.split(name))
    for at in range(1, len(parts), 2):
        digits = str(parts[at]).lstrip("0")
        parts[at] = len(digits), digits  # as numbers, however long; int() refuses 5000 digits
    return parts, name
