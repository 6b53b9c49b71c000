"""Durations and sizes, read and said."""

from __future__ import annotations

import pytest

from submission_kit.quantities import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2h", 7200), ("1h 30m", 5400), ("90 s", 90), ("0.5s", 0.5), (30, 30), ("1H", 3600)],
)
def test_durations(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("8 GB", 8_000_000_000), ("512 MiB", 512 << 20), ("1.5k", 1500), (7, 7), ("1 b", 1)],
)
def test_sizes(text: str | float, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "soon", "-1h", "0", "1 h x", "1 day", "nan", True, None])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 2h"):
        parse_duration(text)


def test_how_they_are_said() -> None:
    said = [format_duration(x) for x in (0.04, 9.94, 42.4, 59.9, 61, 3599.6, 7200)]
    assert said == ["0.0 s", "9.9 s", "42 s", "60 s", "1:01", "1:00:00", "2:00:00"]
    said = [format_size(x) for x in (940_000, 31_400_000, 257_000_000, 8_000_000_000, 120e9)]
    assert said == ["940 kB", "31.4 MB", "257 MB", "8 GB", "120 GB"]
