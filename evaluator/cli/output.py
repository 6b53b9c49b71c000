"""Where a verb's page or table goes: to a terminal, to a file, or to the next program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 200
"""Columns where nobody says how many there are."""

out_option = click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The file to write; its name says the format. - is stdout.",
)


def console() -> Console:
    """Return stdout as wide as the terminal is; a file or a pipe as wide as tables want to be."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def put(text: str, out: Path | None) -> None:
    """Write a text as UTF-8, to a file whole or not at all; to stdout where that is None or `-`.

    Raises:
        ConfigError: the file cannot be written.
    """
    from evaluator.records import write
    from submission_kit.findings import printable

    content = text.encode(errors="replace")  # a path may be no UTF-8
    if out is None or str(out) == "-":
        click.echo(content, nl=False)  # as bytes: whatever the terminal's encoding is
        return
    write(out, content)
    click.echo(printable(f"wrote {out}"), err=True)
