"""`subkit leaderboard`: who is really ahead, from the records of runs alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .output import WIDE, console, out_option, put

if TYPE_CHECKING:
    from evaluator.leaderboard import Leaderboards
    from evaluator.leaderboard.board import Counts

FORMATS = ("text", "csv", "json", "markdown", "html")
SUFFIXES = {".csv": "csv", ".json": "json", ".md": "markdown", ".html": "html", ".htm": "html"}


@click.command(short_help="Rank the runs in a folder, and say which differences are real.")
@click.argument("runs", metavar="RUNS_DIR", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Else by the file's name, or text."
)
@out_option
@click.option("--track", help="Only the runs on this track.")
@click.option("--phase", help="Only the runs of this phase.")
@click.option("--all", "every_entry", is_flag=True, help="A row for every entry, not every team.")
@click.option(
    "--counts",
    type=click.Choice(["best", "latest"]),
    help="Which entry of a team counts; else by the track's rule.",
)
def leaderboard(
    runs: Path,
    form: str | None,
    out: Path | None,
    track: str | None,
    phase: str | None,
    every_entry: bool,
    counts: Counts | None,
) -> int:
    """Rank the runs in RUNS_DIR from their records alone; nothing is run.

    Each track and phase has a board of its own. Entries share a rank where a paired comparison
    does not show one to be worse. Failed and partial runs come last, each with its reason.
    """
    from evaluator.leaderboard import leaderboards
    from submission_kit.findings import printable

    found = leaderboards(runs, track, phase, counts, every_entry)
    if form is None:
        form = SUFFIXES.get(out.suffix.lower() if out else "", "text")
    if form == "text" and out is None:
        from evaluator.leaderboard.text import print_boards

        print_boards(console(), found)
    else:
        put(_written(found, form), out)
    if not found.boards:
        wanted = " ".join(filter(None, [track and f"on {track}", phase and f"in phase {phase}"]))
        click.echo(printable(f"{runs}: holds no whole run {wanted}".rstrip()), err=True)
    return 0 if found.boards else 1


def _written(found: Leaderboards, form: str) -> str:
    from evaluator.leaderboard import formats

    if form == "csv":
        return formats.as_csv(found)
    if form == "json":
        return formats.as_json(found)
    if form == "markdown":
        return formats.as_markdown(found)
    if form == "html":
        from evaluator.leaderboard.page import as_html

        return as_html(found)
    return _as_text(found)


def _as_text(found: Leaderboards) -> str:
    import io

    from rich.console import Console

    from evaluator.leaderboard.text import print_boards

    file = io.StringIO()
    print_boards(Console(file=file, highlight=False, width=WIDE), found)
    return file.getvalue()
