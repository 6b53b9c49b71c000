"""`subkit export`: a run in the forms that platforms and other programs read."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Write a run's scores.txt, scores.json, page, CSV and JUnit XML.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to. Else RUN/export.",
)
def export(run: Path, out: Path | None) -> None:
    """Write what platforms and other programs read of RUN, the folder that `subkit score` wrote.

    scores.txt, scores.json and detailed_results.html, as CodaLab and Codabench take them;
    trials.csv, a line a trial; junit.xml.
    """
    from evaluator.export import export as export_run
    from evaluator.reading import read_run
    from submission_kit.errors import ConfigError
    from submission_kit.findings import printable

    stored = read_run(run)
    folder = out or run / "export"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be made: {error.strerror}") from error
    for left in stored.left_out:
        click.echo(printable(f"left out: {left.path}: {left.reason}"), err=True)
    for path in export_run(stored, folder):
        click.echo(printable(str(path)))
