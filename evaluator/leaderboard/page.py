"""Boards as one page that sorts in the browser and reads without it."""

from __future__ import annotations

from evaluator.report.markup import Content, Html, join, tag
from evaluator.report.page import Section, badge, page
from evaluator.report.tables import Cell, Column, table
from evaluator.report.whisker import whisker
from evaluator.verdict import NOT_THE_SUBMISSIONS

from . import said
from .board import Board, Leaderboards, Row
from .formats import INTERVAL
from .ranks import RULE

BEHIND = "the rank's first, and that the first of the rank above: points, and the p of that"

_COLUMNS = (
    Column("rank", number=True, title="= where it is shared"),
    Column("team"),
    Column("submission"),
    Column("accuracy %", number=True, title="mean ± standard deviation over the instances"),
    Column("95 % interval", number=True, title=INTERVAL),
    Column("behind", number=True, title=BEHIND),
    Column("time", number=True, title="charged, and its share of the limit"),
    Column("memory", number=True, title="the most of any instance, and its share of the limit"),
    Column("verdicts"),
    Column("entries", number=True, title="of the same team"),
    Column("date, UTC", number=True, title="when the last trial started"),
)


def as_html(found: Leaderboards) -> str:
    """Return the page."""
    sections: list[Content | Section] = [_section(board) for board in found.boards]
    if found.left_out:
        rows = [(str(path), reason) for path, reason in found.left_out]
        left = table(["file", "why"], rows, "What was left out", sortable=False)
        sections.append(Section("Left out", (left,)))
    return page("Leaderboard", *sections, lead=RULE)


def _section(board: Board) -> Section:
    scale = _scale(board)
    rows = [_row(row, board, scale) for row in board.rows]
    parts = [table(_COLUMNS, rows, f"Leaderboard of {said.heading(board)}")]
    without = [(_who(row), row.reason) for row in board.rows if row.reason]
    if without:
        why = table(["without a rank", "why"], without, "Why they have no rank", sortable=False)
        parts.append(why)
    lead = "; ".join(filter(None, [said.who(board), said.limits(board), said.machines(board)]))
    return Section(said.name(board), tuple(parts), f"{lead}.")


def _who(row: Row) -> str:
    return " / ".join(filter(None, [row.team, row.submission]))


def _scale(board: Board) -> tuple[float, float]:
    """Return from where to where the intervals of a board reach."""
    known = [row.summary for row in board.rows if row.standing and row.summary]
    ends = [end for each in known for end in each.interval or (each.mean,)]
    return min(ends, default=0.0), max(ends, default=1.0)


def _row(row: Row, board: Board, scale: tuple[float, float]) -> list[Cell | Content]:
    standing, summary = row.standing, row.summary
    mean = summary.mean if standing and summary else None
    drawn = None
    if mean is not None and summary and summary.interval:
        drawn = whisker(mean, summary.interval, *scale)
    return [
        Cell(said.place(row), standing.rank if standing else None),
        row.team,
        row.submission,
        Cell(said.accuracy(row), "" if mean is None else mean),
        Cell(join([said.interval(row), drawn]), mean),
        Cell(_lines(said.behind(row), "p"), standing.behind if standing else None),
        Cell(_lines(said.time(row, board), "("), row.seconds),
        Cell(_lines(said.memory(row, board), "("), row.memory),
        _verdicts(row),
        row.entries,
        Cell(_lines(said.date(row), " "), row.date),
    ]


def _lines(text: str, at: str) -> Html:
    """Return a text on two lines, which leaves a wide table room; the second begins at a sign."""
    first, sign, rest = text.partition(at)
    return join([first.rstrip(" ,"), tag("br"), f"{sign}{rest}".lstrip()] if sign else [text])


def _verdicts(row: Row) -> Html:
    kinds = {"ok": "ok", "missing": "warn"} | dict.fromkeys(NOT_THE_SUBMISSIONS, "warn")
    badges = [
        badge(f"{count} {name}", kinds.get(name, "bad")) for name, count in row.verdicts.items()
    ]
    return join(part for each in badges for part in (each, " "))
