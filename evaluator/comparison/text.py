"""A comparison on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.escape import one_line
from evaluator.paired import POWER, say_p

from . import said
from .compare import Comparison, Pair
from .images import Count

MISTAKES = 5
"""Kinds of mistakes that are named."""


def print_comparison(console: Console, found: Comparison) -> None:
    """Print every pair: in full where there is one, else a table of them."""
    title = f"{len(found.names)} runs on {found.track}, {found.phase}"
    console.print(Text(one_line(title), "bold"), soft_wrap=True)
    if len(found.pairs) > 1:
        _print_pairs(console, found)
    else:
        _print_pair(console, found.pairs[0], found)
    for note in found.notes:
        console.print(Text(f"note: {one_line(note)}"), soft_wrap=True)
    for path, reason in found.left_out:
        line = f"left out: {one_line(str(path))}: {one_line(reason)}"
        console.print(Text(line, "dim"), soft_wrap=True)


def _print_pairs(console: Console, found: Comparison) -> None:
    table = Table()
    for name in ("first", "second", "n", "points ± 95 %", "p", "ahead", "needed"):
        left = name in ("first", "second", "ahead")
        table.add_column(name, justify="left" if left else "right")
    for pair in found.pairs:
        each, power, ahead = pair.difference, pair.power, said.ahead(pair)
        effect = said.points(each.mean)
        if each.half_width is not None:
            effect += f" ± {100 * each.half_width:.2f}"
        needed = "" if pair.shown or power is None or power.needed is None else f"{power.needed:,}"
        table.add_row(
            *(Text(one_line(name, 30)) for name in pair.names),
            str(each.n),
            effect,
            "" if pair.p is None else say_p(pair.p),
            Text("tied") if ahead is None else Text(("first", "second")[ahead], "green"),
            needed,
        )
    console.print(table)
    _print_lines(console, [said.method(found)])
    _print_lines(console, [said.few(min(found.pairs, key=lambda pair: pair.difference.n))])
    _print_lines(
        console, [f"needed: instances that would show it in {100 * POWER:.0f} % of the cases"]
    )
    _print_lines(console, ["Name two of them to see where they disagree; --json has all."])


def _print_pair(console: Console, pair: Pair, found: Comparison) -> None:
    console.print(_instances(pair))
    _print_lines(console, [said.effect(pair), said.method(found, pair)])
    console.print(Text(one_line(said.verdict(pair)), "bold"), soft_wrap=True)
    _print_lines(console, [*said.limits(pair), said.settled(pair), said.images(pair)])
    _print_lines(console, said.passed_over(pair))
    if pair.images is None:
        return
    console.print(_classes(pair.names, pair.images.classes))
    for mistake in pair.images.mistakes[:MISTAKES]:
        line = f"  {mistake.times} × {mistake.truth} taken for {mistake.said}"
        other = pair.names[1 - mistake.by]
        _print_lines(console, [f"{line} by {pair.names[mistake.by]}, not by {other}"])


def _instances(pair: Pair) -> Table:
    table = Table()
    alone = [f"{name} alone" for name in pair.names] if pair.images else []
    for name in ("instance", *pair.names, "difference", *alone):
        table.add_column(Text(one_line(name, 30)), justify="right")
    for seed in pair.first:
        ours, theirs = pair.first[seed], pair.second[seed]
        cells = [str(seed), f"{100 * ours:.2f} %", f"{100 * theirs:.2f} %"]
        cells.append(said.points(ours - theirs))
        if pair.images and (count := pair.images.instances.get(seed)):
            cells += [str(count.first), str(count.second)]
        table.add_row(*cells)
    return table


def _classes(names: tuple[str, str], classes: dict[str, Count]) -> Table:
    table = Table()
    for name in ("class", "images", *names, *(f"{name} alone" for name in names)):
        table.add_column(Text(one_line(name, 30)), justify="right")
    for name, count in classes.items():
        shares = (
            f"{100 * (count.both + alone) / count.images:.2f} %" if count.images else ""
            for alone in (count.first, count.second)
        )
        numbers = (str(count.first), str(count.second))
        table.add_row(Text(one_line(name, 30)), str(count.images), *shares, *numbers)
    return table


def _print_lines(console: Console, lines: list[str]) -> None:
    for line in lines:
        if line:
            console.print(Text(one_line(line, 2000)), soft_wrap=False)
