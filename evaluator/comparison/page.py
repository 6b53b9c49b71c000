"""A comparison as a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evaluator.paired import say_p
from evaluator.report.markup import Content, Html, join, tag
from evaluator.report.page import Section, badge, card, grid, page
from evaluator.report.pictures import draw_again, picture
from evaluator.report.tables import Cell, Column, table
from evaluator.report.whisker import whisker
from evaluator.stored_arrays import read_predictions

from . import said
from .compare import Comparison, Pair

MISTAKES = 10
"""Kinds of mistakes that are listed."""

PICTURES = 10
"""Images of those that one run alone gets right that are shown."""


def as_html(found: Comparison, data: Path | None = None) -> str:
    """Return the page: all pairs in a table where there are several, then each in full.

    data: where the track's images are, see `datasets.open_dataset`; they are not downloaded.
    """
    sections: list[Content | Section] = []
    if len(found.pairs) > 1:
        sections.append(Section("All pairs", (_all(found),), said.method(found)))
    sections += [_section(pair, found, data) for pair in found.pairs]
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
        low, high = each.mean - half, each.mean + half
        text = f"{said.points(low)} to {said.points(high)}"
        interval = join([text, whisker(each.mean, (low, high), -far, far)])
    return [
        *pair.names,
        each.n,
        Cell(said.points(each.mean), each.mean),
        Cell(interval, each.mean),
        Cell("" if pair.p is None else say_p(pair.p), pair.p),
        badge("tied") if ahead is None else badge(("first", "second")[ahead], "ok"),
        None if pair.shown or pair.power is None else pair.power.needed,
    ]


def _section(pair: Pair, found: Comparison, data: Path | None) -> Section:
    lines = [said.effect(pair), *said.limits(pair), said.settled(pair), said.images(pair)]
    lines += said.passed_over(pair)
    words = [tag("p", tag("strong", said.verdict(pair)))]
    words += [tag("p", line) for line in lines if line]
    cards = [card(_instances(pair), title="By instance")]
    if pair.images:
        cards += [card(_classes(pair), title="By class"), card(_mistakes(pair), title="Mistakes")]
        cards.append(card(_positions(pair), title="By image"))
    content: list[Content] = [*words, grid(cards)]
    if pair.images:
        content.append(_pictures(pair, data))
    title = f"{pair.names[0]} and {pair.names[1]}"
    return Section(title, tuple(content), said.method(found, pair))


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


def _pictures(pair: Pair, data: Path | None) -> Html:
    """Return the first images of an instance that one alone gets right."""
    assert pair.images is not None
    seed = next(iter(pair.images.instances))
    drawn = draw_again(pair.run, seed, data)
    heading = f"What one alone gets right, instance {seed}"
    if isinstance(drawn, str):
        return card(tag("p", drawn, class_="note"), title=heading)
    labels, _ = read_predictions(pair.run, seed)
    if not np.array_equal(labels, drawn.test_labels):
        note = "The labels beside the predictions are not those of the images: none are shown."
        return card(tag("p", note, class_="note"), title=heading)
    rows: list[Content] = []
    alone = (pair.images.first_alone[seed], pair.images.second_alone[seed])
    for name, positions in zip(pair.names, alone, strict=True):
        tiles = []
        for place in positions[:PICTURES]:
            true = drawn.class_names[int(drawn.test_labels[place])]
            image = picture(drawn.test_images[place], f"a {true}, recognised by {name} alone")
            tiles.append(tag("li", image, tag("span", true)))
        count = f" alone: {len(tiles)} of {len(positions)}, the first in the instance's order"
        rows.append(tag("p", tag("strong", name), count))
        rows.append(tag("ul", *tiles, class_="tiles"))
    return card(tag("div", *rows), title=heading)
