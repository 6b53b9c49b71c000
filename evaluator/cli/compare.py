"""`subkit compare`: runs against each other, on the same instances and images."""

from __future__ import annotations

from pathlib import Path

import click

from .options import data_option, json_option
from .output import console, out_option, put


@click.command(short_help="Compare runs on the same instances and images: is one ahead?")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…", type=click.Path(path_type=Path))
@json_option
@out_option
@data_option
def compare(runs: tuple[Path, ...], as_json: bool, out: Path | None, data: Path | None) -> None:
    """Compare two RUNs or more, the folders that `subkit score` wrote; nothing is run.

    Paired by instance: the difference with its interval, what so few instances can and cannot
    show, how many would settle it; then where the two disagree, by class and by image. A file is
    HTML, but JSON where its name ends so; it shows such images where the track's dataset is at
    hand.
    """
    from evaluator.comparison import compare as compare_runs
    from evaluator.comparison import formats

    if len(runs) < 2:
        raise click.UsageError("name at least two runs")
    found = compare_runs(runs)
    if as_json or (out and out.suffix.lower() == ".json"):
        put(formats.as_json(found), out)
    elif out is not None:
        from evaluator.comparison.page import as_html

        put(as_html(found, data), out)
    else:
        from evaluator.comparison.text import print_comparison

        print_comparison(console(), found)
