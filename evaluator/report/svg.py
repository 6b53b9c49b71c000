"""Plots as inline SVG: axes, lines, dots and bars, in colours that the style sheet gives.

Series are told apart by the classes `s0` to `s9`. Numbers in a plot have no more digits than can
be seen; each mark says its value where it is pointed at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .markup import Content, Html, tag

WIDTH, HEIGHT = 560, 260
"""Of a plot, in its own units: as many pixels where the page is wide."""

LEFT, RIGHT, TOP, BOTTOM = 58, 16, 14, 44
COLOURS = 10

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high`. write: a number of it for a person."""

    low: float
    high: float
    title: str
    write: Callable[[float], str]
    most: int = 5

    @property
    def ticks(self) -> list[float]:
        """Return round numbers on it."""
        return ticks(self.low, self.high, self.most)

    def place(self, value: float, start: float, end: float) -> float:
        """Return where a value lies between two places."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return start + min(max(share, 0.0), 1.0) * (end - start)


@dataclass(frozen=True)
class Plot:
    """A plot's axes, and where its values lie."""

    x: Axis
    y: Axis
    height: int = HEIGHT
    left: int = LEFT

    def at(self, x: float, y: float) -> Point:
        """Return where a point lies."""
        return (
            self.x.place(x, self.left, WIDTH - RIGHT),
            self.y.place(y, self.height - BOTTOM, TOP),
        )

    def line(self, points: Sequence[Point], kind: str, says: str = "") -> Html:
        """Return a line through points; a dot where there is one alone."""
        if len(points) == 1:
            return self.dot(points[0], kind, says)
        parts = [f"{x:.1f} {y:.1f}" for x, y in (self.at(*point) for point in points)]
        return tag("path", title(says), d=f"M{'L'.join(parts)}", class_=f"line {kind}")

    def dot(self, point: Point, kind: str, says: str = "", radius: float = 3.5) -> Html:
        """Return a dot."""
        x, y = self.at(*point)
        return tag(
            "circle", title(says), cx=f"{x:.1f}", cy=f"{y:.1f}", r=radius, class_=f"dot {kind}"
        )

    def rule(self, value: float, says: str) -> Html:
        """Return a level line with its name."""
        _, y = self.at(self.x.low, value)
        return tag(
            "g",
            tag("path", d=f"M{self.left} {y:.1f}H{WIDTH - RIGHT}", class_="rule"),
            tag("text", says, x=WIDTH - RIGHT, y=f"{y - 5:.1f}", class_="end"),
        )

    def draw(self, label: str, *marks: Content) -> Html:
        """Return the plot. label: what it shows, for those who cannot see it."""
        return canvas(label, WIDTH, self.height, self._grid(), *marks)

    def _grid(self) -> Html:
        bottom = self.height - BOTTOM
        parts: list[Html] = []
        for value in self.y.ticks:
            _, y = self.at(self.x.low, value)
            parts.append(tag("path", d=f"M{self.left} {y:.1f}H{WIDTH - RIGHT}", class_="grid-line"))
            text = self.y.write(value)
            parts.append(tag("text", text, x=self.left - 8, y=f"{y + 4:.1f}", class_="end"))
        for value in self.x.ticks:
            x, _ = self.at(value, self.y.low)
            parts.append(tag("path", d=f"M{x:.1f} {bottom}v4", class_="tick"))
            text = self.x.write(value)
            parts.append(tag("text", text, x=f"{x:.1f}", y=bottom + 19, class_="middle"))
        parts.append(tag("path", d=f"M{self.left} {bottom}H{WIDTH - RIGHT}", class_="axis"))
        if self.x.title:
            parts.append(
                tag("text", self.x.title, x=WIDTH - RIGHT, y=self.height - 6, class_="end title")
            )
        return tag("g", *parts, aria_hidden="true")


def canvas(label: str, width: int, height: int, *marks: Content) -> Html:
    """Return a drawing that is as wide as its place."""
    return tag(
        "svg",
        *marks,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=label,
        preserveAspectRatio="xMinYMin meet",
    )


def figure(drawing: Content, caption: Content = None) -> Html:
    """Return a drawing with its caption."""
    return tag("figure", drawing, tag("figcaption", caption) if caption is not None else None)


def title(says: str) -> Html | None:
    """Return what a mark says where it is pointed at."""
    return tag("title", says) if says else None


def key(seeds: Iterable[int]) -> dict[int, str]:
    """Return the class of each instance, the same in every plot of a run."""
    return {seed: colour(i) for i, seed in enumerate(seeds)}


def keyed(
    drawing: Html, names: Mapping[int, str], more: Sequence[tuple[str, str]] = (), says: str = ""
) -> Html:
    """Return a drawing with a line an instance, and which colour is which.

    names: classes by instance. more: what else has a colour. Of more instances than there are
        colours none is named: a line says its own where it is pointed at.
    """
    if len(names) > COLOURS:
        return figure(drawing, f"{says} A line an instance.".strip())
    keys = [(kind, f"instance {seed}") for seed, kind in names.items()]
    return tag("div", figure(drawing, says or None), legend([*keys, *more]))


def legend(names: Sequence[tuple[str, str]]) -> Html:
    """Return which colour is what: classes and names."""
    return tag(
        "ul", *(tag("li", name, class_=f"key {kind}") for kind, name in names), class_="legend"
    )


def colour(number: int) -> str:
    """Return the class of a series; they repeat after COLOURS."""
    return f"s{number % COLOURS}"


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return about so many round numbers in a range; its start where it has no extent."""
    span = high - low
    if not math.isfinite(span) or span <= max(1e-12, 1e-9 * max(abs(low), abs(high))):
        return [low]
    scale = 10.0 ** math.floor(math.log10(span / most))
    step = next(scale * f for f in (1, 2, 5, 10, 20) if span / (scale * f) <= most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def thin(points: Sequence[Point], buckets: int = 150) -> list[Point]:
    """Return points that draw the same line, where there are more than can be told apart.

    The range of x is cut into equal buckets; of each, the first, the lowest, the highest and the
    last point are kept, so that no peak is lost.

    points: in the order of x.
    """
    if len(points) <= 4 * buckets:
        return list(points)
    low, width = points[0][0], (points[-1][0] - points[0][0]) / buckets
    kept: list[Point] = []
    bucket: list[int] = []

    def close() -> None:
        lowest = min(bucket, key=lambda i: points[i][1])
        highest = max(bucket, key=lambda i: points[i][1])
        kept.extend(points[i] for i in sorted({bucket[0], lowest, highest, bucket[-1]}))

    number = 0
    for i, (x, _) in enumerate(points):
        now = min(int((x - low) / width), buckets - 1) if width > 0 else 0
        if bucket and now != number:
            close()
            bucket = []
        number = now
        bucket.append(i)
    close()
    return kept
