"""Boards for programs and for other pages: JSON, CSV, Markdown."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from evaluator.escape import csv_cell, markdown_cell
from evaluator.paired import LEVEL
from submission_kit import __version__

from . import said
from .board import Board, Leaderboards, Row
from .ranks import RULE

SCHEMA = 1

INTERVAL = "Student's t, 95 %, of the accuracies by instance; sd divides by n - 1"

_CSV = (
    *("track", "phase", "rank", "tied", "team", "submission", "accuracy", "sd", "low", "high"),
    *("behind", "p", "seconds", "wall_limit", "memory", "memory_limit", "verdicts", "entries"),
    *("date", "reason", "folder", "machines"),
)

_MARKDOWN = (
    *("rank", "team", "submission", "accuracy (%)", "95 % interval (%)", "time", "memory"),
    *("verdicts", "entries", "date (UTC)"),
)


def as_json(found: Leaderboards) -> str:
    """Return all there is to know, accuracies as shares, times in seconds, memory in bytes."""
    whole = {
        "schema": SCHEMA,
        "kind": "leaderboard",
        "tool": f"subkit {__version__}",
        "method": {"rank": RULE, "level": LEVEL, "interval": INTERVAL},
        "boards": [_board(board) for board in found.boards],
        "left_out": [{"path": str(path), "reason": reason} for path, reason in found.left_out],
    }
    text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode(errors="replace").decode() + "\n"  # a path may be no UTF-8


def _board(board: Board) -> dict[str, Any]:
    return {
        "track": board.track,
        "title": board.title,
        "digest": board.digest,
        "phase": board.phase,
        "instances": board.instances,
        "limits": {"wall": board.wall, "scope": board.scope, "memory": board.memory},
        "counts": board.counts,
        "rows": [_row(row) for row in board.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    standing, summary = row.standing, row.summary
    return {
        "rank": standing.rank if standing else None,
        "tied": standing.tied if standing else None,
        "team": row.team,
        "submission": row.submission,
        "description": row.description,
        "digest": row.digest,
        "folder": str(row.folder),
        "score": summary.mean if standing and summary else None,
        "summary": summary.__dict__ if summary else None,
        "behind": standing.behind if standing else None,
        "p": standing.p if standing else None,
        "accuracies": row.accuracies,
        "seconds": row.seconds,
        "memory": row.memory,
        "machines": row.machines,
        "verdicts": row.verdicts,
        "entries": row.entries,
        "date": row.date,
        "reason": row.reason,
    }


def as_csv(found: Leaderboards) -> str:
    """Return one line a row, in the units of the JSON; without a score, without its numbers.

    `behind` is the row's distance from its rank's first, of that itself from the rank's above.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_CSV)
    for board in found.boards:
        for row in board.rows:
            writer.writerow(_csv_row(board, row))
    return file.getvalue()


def _csv_row(board: Board, row: Row) -> list[Any]:
    standing, summary = row.standing, row.summary if row.standing else None
    return [
        csv_cell(board.track),
        csv_cell(board.phase),
        *((standing.rank, int(standing.tied)) if standing else (None, None)),
        csv_cell(row.team),
        csv_cell(row.submission),
        *((summary.mean, summary.sd) if summary else (None, None)),
        *((summary.interval if summary else None) or ("", "")),
        *((standing.behind, standing.p) if standing else (None, None)),
        row.seconds,
        board.wall,
        row.memory,
        board.memory,
        said.verdicts(row),
        row.entries,
        row.date,
        csv_cell(row.reason),
        csv_cell(str(row.folder)),
        csv_cell("; ".join(row.machines)),
    ]


def as_markdown(found: Leaderboards) -> str:
    """Return tables for a page or an issue; what submissions say of themselves stands as code."""
    parts = []
    for board in found.boards:
        lines = [f"## {markdown_cell(said.name(board))}", ""]
        machines = f"; {markdown_cell(names)}" if (names := said.machines(board)) else ""
        lines += [f"{said.limits(board)}{machines}.", "", _line(_MARKDOWN), "|--:|" + "---|" * 9]
        lines += [_line(_markdown_row(row, board)) for row in board.rows]
        reasons = [row for row in board.rows if row.reason]
        lines += [""] * bool(reasons)
        lines += [
            f"- {markdown_cell(row.team or row.submission)}: {markdown_cell(row.reason)}"
            for row in reasons
        ]
        parts.append("\n".join(lines))
    if any(board.rows for board in found.boards):
        parts.append(RULE)
    if found.left_out:
        left = [f"- {markdown_cell(str(path))}: {markdown_cell(r)}" for path, r in found.left_out]
        parts.append("\n".join(["Left out:", "", *left]))
    return "\n\n".join(parts) + "\n"


def _markdown_row(row: Row, board: Board) -> list[str]:
    return [
        said.place(row),
        markdown_cell(row.team, 40),
        markdown_cell(row.submission, 40),
        said.accuracy(row),
        said.interval(row),
        said.time(row, board),
        said.memory(row, board),
        said.verdicts(row),
        str(row.entries),
        said.date(row),
    ]


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"
