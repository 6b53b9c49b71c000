"""Tables that can be read without scripts and sorted with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .markup import Content, Html, join, tag


@dataclass(frozen=True)
class Column:
    """A column.

    number: its cells are numbers, and stand right.
    title: what the heading means, where one word does not say it.
    """

    name: str
    number: bool = False
    title: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell that is not shown as it is sorted.

    sort: by which it is sorted, a number or a text; where None by what it shows. An empty text
        comes last, whichever way.
    kind: a class of the style sheet, such as `ok` or `bad`.
    """

    content: Content
    sort: float | str | None = None
    kind: str = ""


def table(
    columns: Sequence[Column | str],
    rows: Sequence[Sequence[Cell | Content]],
    caption: str,
    sortable: bool = True,
) -> Html:
    """Return a table in a box of its own, which scrolls where the page is too narrow.

    The first cell of each row is its heading.
    caption: what the table shows, for those who cannot see it.
    """
    heads = [column if isinstance(column, Column) else Column(column) for column in columns]
    body = [
        tag("tr", *(_cell(cell, head, i == 0) for i, (cell, head) in enumerate(zip(row, heads))))  # noqa: B905 - a short row leaves the rest empty
        for row in rows
    ]
    inner = tag(
        "table",
        tag("caption", caption, class_="unseen"),
        tag("thead", tag("tr", *map(_head, heads))),
        tag("tbody", *body),
        class_="sortable" if sortable and len(rows) > 1 else None,
    )
    return tag("div", inner, class_="scroll", tabindex=0, role="region", aria_label=caption)


def pairs(rows: Sequence[tuple[str, Content]]) -> Html:
    """Return a list of names and values."""
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in rows))


def _head(column: Column) -> Html:
    kind = "number" if column.number else None
    return tag("th", column.name, scope="col", class_=kind, title=column.title or None)


def _cell(cell: Cell | Content, column: Column, first: bool) -> Html:
    if not isinstance(cell, Cell):
        cell = Cell(cell)
    kinds = " ".join(filter(None, ["number" if column.number else "", cell.kind]))
    sort = f"{cell.sort!r}" if isinstance(cell.sort, float) else cell.sort
    attributes: dict[str, str | float | bool | None] = {
        "class_": kinds or None,
        "data_sort": sort,
        "scope": "row" if first else None,
    }
    return tag("th" if first else "td", join([cell.content]), **attributes)
