"""A series of points of which there may be far more than a record should hold."""

from __future__ import annotations

from typing import Any

Point = dict[str, Any]


class Series:
    """Points in the order in which they came.

    Once there are more than `most`, only every second, fourth, … of all that came is kept, evenly
    from the first to the last; the last is always there.
    """

    def __init__(self, most: int = 4000) -> None:
        self._most = most
        self._kept: list[Point] = []
        self._stride = 1
        self._seen = 0
        self._last: Point | None = None

    def add(self, point: Point) -> None:
        """Take a point."""
        if self._seen % self._stride == 0:
            self._kept.append(point)
            if len(self._kept) > self._most:
                self._kept = self._kept[::2]
                self._stride *= 2
        self._seen += 1
        self._last = point

    @property
    def last(self) -> Point | None:
        """The point that came last, if any did."""
        return self._last

    def points(self) -> list[Point]:
        """Return what was kept."""
        if self._last is None or self._kept[-1] is self._last:
            return list(self._kept)
        return [*self._kept, self._last]
