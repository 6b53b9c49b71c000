"""`subkit report`: show what the records of runs hold."""

from __future__ import annotations

from pathlib import Path

import click

from .options import data_option
from .output import put


@click.command(short_help="Show runs in one HTML file: results, curves, classes, images, limits.")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default="report.html",
    show_default=True,
    help="The file to write. - is stdout.",
)
@data_option
@click.option("--tsne", is_flag=True, help="Show embeddings by t-SNE too, which takes seconds.")
def report(runs: tuple[Path, ...], out: Path, data: Path | None, tsne: bool) -> None:
    """Show one RUN, the folder that `subkit score` wrote, or several side by side.

    Nothing is run again: all comes from the records. Test images are drawn again where the track's
    dataset is at hand. The file needs no other and opens offline.
    """
    from evaluator.report.build import report as build
    from submission_kit.findings import printable

    text, left_out = build(runs, data, tsne)
    for each in left_out:
        click.echo(printable(f"left out: {each.path}: {each.reason}"), err=True)
    put(text, out)
