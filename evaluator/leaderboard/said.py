"""What a row says in each of its columns, as every format for people shows it."""

from __future__ import annotations

from collections import Counter

from evaluator.paired import say_p
from submission_kit.quantities import format_duration, format_size

from .board import Board, Row

MACHINES = 3
"""Machines that a board names, those of the most entries first; JSON and CSV have each row's."""


def heading(board: Board) -> str:
    """Name a board, and say who stands on it."""
    return f"{name(board)}: {who(board)}"


def who(board: Board) -> str:
    """Say how many stand on a board, and which entry of each."""
    entries = len(board.rows)
    if board.counts is None:
        return f"{entries} {'entry' if entries == 1 else 'entries'}"
    return f"{entries} team{'s' * (entries != 1)}, the {board.counts} entry of each"


def name(board: Board) -> str:
    """Return track and phase, and where they have several boards, what tells the rules apart."""
    rules = f", rules {board.digest[:8]}" if board.alike else ""
    return f"{board.track}, {board.phase}{rules}"


def limits(board: Board) -> str:
    """Say what time and memory are shares of."""
    whose = "the whole run" if board.scope == "run" else "an instance"
    instances = f"{board.instances} instance{'s' * (board.instances > 1)}"
    wall, memory = format_duration(board.wall), format_size(board.memory)
    return f"{instances}; limits: {wall} for {whose}, {memory}"


def machines(board: Board) -> str:
    """Say what the times were measured on; nothing where no record says."""
    names = Counter(name for row in board.rows for name in row.machines)
    if not names:
        return ""
    shown = "; ".join(name for name, _ in names.most_common(MACHINES))
    if len(names) == 1:
        return f"times of {shown}"
    more = f"; and {len(names) - MACHINES} more" * (len(names) > MACHINES)
    return f"times of {len(names)} machines, not comparable: {shown}{more}"


def place(row: Row) -> str:
    """Return the rank, with = where it is shared."""
    return "" if row.standing is None else f"{row.standing.rank}{'=' * row.standing.tied}"


def accuracy(row: Row) -> str:
    """Return mean and standard deviation, in percent; of a part of the instances in brackets."""
    if row.summary is None:
        return ""
    text = f"{100 * row.summary.mean:.2f}"
    if row.summary.sd is not None:
        text += f" ± {100 * row.summary.sd:.2f}"
    return text if row.standing else f"({text})"


def interval(row: Row) -> str:
    """Return the 95 % t interval, in percent; nothing of a part of the instances."""
    if row.standing is None or row.summary is None or row.summary.interval is None:
        return ""
    low, high = row.summary.interval
    return f"{100 * low:.2f} to {100 * high:.2f}"


def behind(row: Row) -> str:
    """Return how far a row is behind its rank's first, in points, and the p of that.

    Of that first itself, how far behind the first of the rank above.
    """
    if row.standing is None or row.standing.p is None or row.standing.behind is None:
        return ""
    return f"{100 * row.standing.behind:.2f}, p {say_p(row.standing.p)}"


def time(row: Row, board: Board) -> str:
    """Return seconds used, and the share of the limit."""
    return f"{format_duration(row.seconds)} ({row.seconds / board.wall:.1%})"


def memory(row: Row, board: Board) -> str:
    """Return the most memory held, and the share of the limit."""
    if row.memory is None:
        return ""
    return f"{format_size(row.memory)} ({row.memory / board.memory:.0%})"


def verdicts(row: Row) -> str:
    """Return how often each verdict occurs."""
    return ", ".join(f"{count} {name}" for name, count in row.verdicts.items())


def date(row: Row) -> str:
    """Return day and time of the last trial, in UTC."""
    return row.date[:16].replace("T", " ")
