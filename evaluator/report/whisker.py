"""An interval as a line with a dot on it, to stand in a cell below its numbers."""

from __future__ import annotations

from .markup import Html, tag
from .svg import Axis

WIDTH, HEIGHT = 120, 10

EDGE = 4
"""On either side of the scale, so that a dot on its end is whole."""


def whisker(mean: float, ends: tuple[float, float], low: float, high: float) -> Html:
    """Draw a mean and its interval on a scale from `low` to `high`.

    Zero has a tick if it is there. The drawing is hidden from those who cannot see it: the numbers
    say the same.
    """
    axis = Axis(low, high, "", str)

    def at(value: float) -> str:
        return f"{axis.place(value, EDGE, WIDTH - EDGE):.1f}"

    middle = HEIGHT / 2
    return tag(
        "svg",
        tag("path", d=f"M{EDGE} {middle}H{WIDTH - EDGE}", class_="grid-line"),
        tag("path", d=f"M{at(0.0)} 0V{HEIGHT}", class_="axis") if low < 0 < high else None,
        tag("path", d=f"M{at(ends[0])} {middle}H{at(ends[1])}", class_="whisker"),
        tag("circle", cx=at(mean), cy=middle, r=3, class_="dot"),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        class_="interval s0",
        aria_hidden="true",
    )
