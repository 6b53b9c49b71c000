"""A comparison as a page."""

from __future__ import annotations

from evaluator.paired import say_p
from evaluator.report.markup import Content, Html, join, tag
from evaluator.report.page import Section, badge, card, grid, page
from evaluator.report.tables import Cell, Column, table
from evaluator.report.whisker import whisker

from . import said
from .compare import Comparison, Pair

MISTAKES = 10
"""Kinds of mistakes that are listed."""


def as_html(found: Comparison) -> str:
    """Return the page: all pairs in a table where there are several, then each in full."""
    sections: list[Content | Section] = []
    if len(found.pairs) > 1:
        sections.append(Section("All pairs", (_all(found),), said.method(found)))
    sections += [_section(pair, found) for pair in found.pairs]
    if found.left_out:
        rows = [(str(path), reason) for path, reason in found.left_out]
        left = table(["file", "why"], rows, "What was left out", sortable=False)
        sections.append(Section("Left out", (left,)))
    lead = "; ".join([f"{found.track}, {found.phase}", *found.notes])
    return page("Comparison", *sections, lead=lead)


def _all(found: Comparison) -> Html:
    columns: list[Column | str] = [
        *("first", "second"),
        Column("n", number=True, title="instances"),
        Column("difference", number=True, title="of the accuracies, in points"),
        Column("95 % interval", number=True),
        Column("p", number=True, title="adjusted for all pairs"),
        "ahead",
        Column("needed", number=True, title="instances, were the difference what it seems"),
    ]
    far = max(abs(pair.difference.mean) + (pair.difference.half_width or 0) for pair in found.pairs)
    return table(columns, [_pair_row(pair, far) for pair in found.pairs], "All pairs of runs")


def _pair_row(pair: Pair, far: float) -> list[Cell | Content]:
    """Return a row. far: the end of all intervals that is farthest from zero."""
    each, half, ahead = pair.difference, pair.difference.half_width, said.ahead(pair)
    interval: Content = None
    if half is not None:
        text = f"{said.points(each.mean - half)} to {said.points(each.mean + half)}"
        interval = join([text, whisker(each.mean, half, -far, far)])
    return [
        *pair.names,
        each.n,
        Cell(said.points(each.mean), each.mean),
        Cell(interval, each.mean),
        Cell("" if pair.p is None else say_p(pair.p), pair.p),
        badge("tied") if ahead is None else badge(("first", "second")[ahead], "ok"),
        None if pair.shown or pair.power is None else pair.power.needed,
    ]


def _section(pair: Pair, found: Comparison) -> Section:
    lines = [said.effect(pair), *said.limits(pair), said.settled(pair), said.images(pair)]
    lines += said.passed_over(pair)
    words = [tag("p", tag("strong", said.verdict(pair)))]
    words += [tag("p", line) for line in lines if line]
    cards = [card(_instances(pair), title="By instance")]
    if pair.images:
        cards += [card(_classes(pair), title="By class"), card(_mistakes(pair), title="Mistakes")]
        cards.append(card(_positions(pair), title="By image"))
    title = f"{pair.names[0]} and {pair.names[1]}"
    return Section(title, (*words, grid(cards)), said.method(found, pair))


def _instances(pair: Pair) -> Html:
    columns = [Column("instance")]
    columns += [Column(name, number=True) for name in (*pair.names, "difference")]
    rows: list[list[Cell | Content]] = [
        [
            seed,
            *(Cell(f"{100 * value:.2f} %", value) for value in (ours, pair.second[seed])),
            Cell(said.points(ours - pair.second[seed]), ours - pair.second[seed]),
        ]
        for seed, ours in pair.first.items()
    ]
    return table(columns, rows, "Accuracy by instance")


def _classes(pair: Pair) -> Html:
    assert pair.images is not None
    columns: list[Column | str] = ["class", Column("images", number=True)]
    columns += [Column(f"{name} alone right", number=True) for name in pair.names]
    columns += [Column("neither", number=True)]
    rows: list[list[Cell | Content]] = [
        [name, count.images, count.first, count.second, count.neither]
        for name, count in pair.images.classes.items()
    ]
    return table(columns, rows, "Disagreement by class")


def _mistakes(pair: Pair) -> Html:
    assert pair.images is not None
    columns: list[Column | str] = [
        "by one alone",
        "class",
        "taken for",
        Column("times", number=True),
    ]
    rows: list[list[Cell | Content]] = [
        [pair.names[mistake.by], mistake.truth, mistake.said, mistake.times]
        for mistake in pair.images.mistakes[:MISTAKES]
    ]
    return table(columns, rows, "What one takes for another where the other is right")


def _positions(pair: Pair) -> Html:
    """Return the images that one alone gets right, folded, by instance."""
    assert pair.images is not None
    parts = [tag("p", "Positions among the test images of an instance, from 0.", class_="note")]
    for name, alone in zip(
        pair.names, (pair.images.first_alone, pair.images.second_alone), strict=True
    ):
        for seed, positions in alone.items():
            head = f"{name} alone, instance {seed}: {len(positions)}"
            listed = tag("p", ", ".join(map(str, positions)))
            parts.append(tag("details", tag("summary", head), listed))
    return tag("div", *parts)
