"""Boards as one page that sorts in the browser and reads without it."""

from __future__ import annotations

from evaluator.report.markup import Content
from evaluator.report.page import Section, badge, page
from evaluator.report.tables import Cell, Column, table

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
    Column("date, UTC"),
)


def as_html(found: Leaderboards) -> str:
    """Return the page."""
    sections: list[Content | Section] = [_section(board) for board in found.boards]
    if found.left_out:
        rows = [(str(path), reason) for path, reason in found.left_out]
        left = table(["file", "why"], rows, "What was left out", sortable=False)
        sections.append(Section("Left out", (left,), "These are no whole records of a run."))
    return page("Leaderboard", *sections, lead=RULE)


def _section(board: Board) -> Section:
    rows = [_row(row, board) for row in board.rows]
    columns = list(_COLUMNS)
    if any(row.reason for row in board.rows):
        columns.append(Column("why it has no rank"))
        rows = [[*cells, row.reason] for cells, row in zip(rows, board.rows, strict=True)]
    whole = table(columns, rows, f"Leaderboard of {said.heading(board)}")
    return Section(said.heading(board), (whole,), f"{said.limits(board)}.")


def _row(row: Row, board: Board) -> list[Cell | Content]:
    standing = row.standing
    mean = row.summary.mean if standing and row.summary else None
    return [
        Cell(said.place(row), standing.rank if standing else None),
        row.team,
        row.submission,
        Cell(said.accuracy(row), mean),
        Cell(said.interval(row), mean),
        Cell(said.behind(row), standing.behind if standing else None),
        Cell(said.time(row, board), row.seconds),
        Cell(said.memory(row, board), row.memory),
        badge(said.verdicts(row), "bad" if row.reason else "ok"),
        row.entries,
        Cell(said.date(row), row.date),
    ]
