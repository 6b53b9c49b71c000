"""Durations and sizes as people write them: `2h`, `1h 30m`, `90 s`; `8 GB`, `512 MiB`."""

from __future__ import annotations

import re

_SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}
_BYTES = {"": 1, "b": 1} | {
    f"{letter}{suffix}": base**power
    for power, letter in enumerate("kmgt", start=1)
    for suffix, base in (("", 1000), ("b", 1000), ("ib", 1024))
}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*")


def parse_duration(text: str | float) -> float:
    """Return seconds.

    Raises:
        ValueError: it is no duration above zero.
    """
    return _parse(text, _SECONDS, "a duration such as 2h, 90m or 30 s")


def parse_size(text: str | float) -> int:
    """Return bytes.

    Raises:
        ValueError: it is no size above zero.
    """
    return int(_parse(text, _BYTES, "a size such as 8 GB or 512 MiB"))


def format_duration(seconds: float) -> str:
    """Say seconds as a person reads them: `0.4 s`, `42 s`, `12:05`, `1:59:03`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def format_size(size: float) -> str:
    """Say bytes as a person reads them: `940 kB`, `257 MB`, `8 GB`."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if size >= scale:
            number = size / scale
            return f"{number:.3g} {unit}" if number < 100 else f"{number:.0f} {unit}"
    return f"{size / 1e3:.0f} kB"


def _parse(text: str | float, units: dict[str, int], expected: str) -> float:
    fault = ValueError(f"expected {expected}, got {text!r}")
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise fault
    rest = str(text).strip().lower()
    total = 0.0
    position = 0
    while match := _PART.match(rest, position):
        if match[2] not in units:
            raise fault
        total += float(match[1]) * units[match[2]]
        position = match.end()
    if position < len(rest) or total <= 0:
        raise fault
    return total
