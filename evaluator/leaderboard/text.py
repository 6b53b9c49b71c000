"""Boards on a terminal: what fits its width, and what cannot be said in a table below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from evaluator.escape import one_line

from . import said
from .board import Board, Leaderboards, Row
from .ranks import RULE

NAMED = 20
"""Entries without a score, and files left out, of which each is named."""


class _Column(NamedTuple):
    """A column. goes: where there is no room for all, the highest goes first; 0 stays."""

    name: str
    say: Callable[[Row, Board], str]
    right: bool = True
    goes: int = 0


_COLUMNS = (
    _Column("", lambda row, board: said.place(row)),
    _Column("team", lambda row, board: one_line(row.team, 24), right=False),
    _Column("submission", lambda row, board: one_line(row.submission, 24), right=False),
    _Column("accuracy %", lambda row, board: said.accuracy(row)),
    _Column("95 % interval", lambda row, board: said.interval(row), goes=4),
    _Column("time", said.time, goes=1),
    _Column("memory", said.memory, goes=5),
    _Column("verdicts", lambda row, board: said.verdicts(row), right=False, goes=2),
    _Column("n", lambda row, board: str(row.entries), goes=3),
    _Column("date, UTC", lambda row, board: said.date(row), right=False, goes=6),
)


def print_boards(console: Console, found: Leaderboards) -> None:
    """Print every board, then what was left out."""
    for board in found.boards:
        _print_board(console, board)
    if found.boards:
        console.print(Text(RULE, "dim"))
    if found.left_out:
        console.print(Text(f"left out: {len(found.left_out)}"))
    for path, reason in found.left_out[:NAMED]:
        console.print(Text(f"  {one_line(str(path))}: {one_line(reason)}", "dim"), soft_wrap=True)
    _say_more(console, len(found.left_out))


def _print_board(console: Console, board: Board) -> None:
    teams = any(row.team for row in board.rows)
    columns = [column for column in _COLUMNS if teams or column.name != "team"]
    written = {column: [column.say(row, board) for row in board.rows] for column in columns}
    width = {column: max(map(cell_len, [column.name, *cells])) for column, cells in written.items()}
    while sum(width[column] + 2 for column in columns) - 2 > console.width:
        last = max(columns, key=lambda column: column.goes)
        if not last.goes:
            break
        columns.remove(last)
    widths = [width[column] for column in columns]
    rows = list(zip(*(written[column] for column in columns), strict=True))
    heads = _line([column.name for column in columns], columns, widths)
    lines = [Text(one_line(said.heading(board)), "bold"), Text(heads, "bold")]
    lines.append(Text("  ".join("─" * width for width in widths)))
    for row, cells in zip(board.rows, rows, strict=True):
        lines.append(Text(_line(cells, columns, widths), "dim" if row.reason else ""))
    # By hand: of a thousand rows, rich's own table takes a second.
    console.print(Text("\n").join(lines), soft_wrap=True)
    entries = "; n: entries" * any(column.name == "n" for column in columns)
    console.print(Text(f"{said.limits(board)}{entries}", "dim"), soft_wrap=True)
    if machines := said.machines(board):
        console.print(Text(one_line(machines), "dim"), soft_wrap=True)
    without = [row for row in board.rows if row.reason]
    for row in without[:NAMED]:
        who = one_line(" / ".join(filter(None, [row.team, row.submission])), 60)
        console.print(Text(f"  {who}: {one_line(row.reason)}"), soft_wrap=True)
    _say_more(console, len(without))


def _line(cells: Sequence[str], columns: Sequence[_Column], widths: Sequence[int]) -> str:
    padded = []
    for cell, column, width in zip(cells, columns, widths, strict=True):
        blank = " " * (width - cell_len(cell))
        padded.append(f"{blank}{cell}" if column.right else f"{cell}{blank}")
    return "  ".join(padded).rstrip()


def _say_more(console: Console, count: int) -> None:
    if count > NAMED:
        console.print(Text(f"  and {count - NAMED} more: --format csv or json has all", "dim"))
