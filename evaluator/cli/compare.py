"""`subkit compare`: runs against each other, on the same instances and images."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option


@click.command(short_help="Compare runs on the same instances and images: is one ahead?")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…", type=click.Path(path_type=Path))
@json_option
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to a file: JSON where its name ends so, else HTML.",
)
def compare(runs: tuple[Path, ...], as_json: bool, out: Path | None) -> None:
    """Compare two RUNs or more, the folders that `subkit score` wrote; nothing is run.

    Paired by instance: the difference with its interval, what so few instances can and cannot
    show, how many would settle it; then where the two disagree, by class and by image.
    """
    from evaluator.comparison import compare as compare_runs
    from evaluator.comparison import formats
    from evaluator.records import write

    if len(runs) < 2:
        raise click.UsageError("name at least two runs")
    found = compare_runs(runs)
    if out is not None:
        from evaluator.comparison.page import as_html

        as_text = formats.as_json if as_json or out.suffix.lower() == ".json" else as_html
        write(out, as_text(found).encode(errors="replace"))
        click.echo(f"wrote {out}", err=True)
    elif as_json:
        click.echo(formats.as_json(found), nl=False)
    else:
        from rich.console import Console

        from evaluator.comparison.text import print_comparison

        print_comparison(Console(highlight=False), found)
