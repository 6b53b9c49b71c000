"""`subkit init`: a new submission that scores at once."""

from __future__ import annotations

from pathlib import Path

import click

PUBLISHED = ("cnn", "knn", "svm", "resnet9", "hybrid")
BASELINES = (*PUBLISHED, "patches", "kernels", "scatter", "flagship")


@click.command(short_help="Write a new submission that scores at once.")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--template",
    type=click.Choice(["minimal", *BASELINES, "sklearn", "script"]),
    default="minimal",
    show_default=True,
    help="script runs by a command of its own; minimal and sklearn are small, the rest baselines.",
)
def init(folder: Path, template: str) -> int:
    """Write a new submission into DIR, an empty folder or a new one; else into the current folder.

    Nothing that is there is touched.
    """
    from importlib.resources import files
    from importlib.util import find_spec

    from submission_kit.scaffold import TEMPLATES, write

    start = (
        Path(str(files("baselines"))) / template if template in BASELINES else TEMPLATES[template]
    )
    for name in write(folder, start):
        click.echo(folder / name)
    if template in BASELINES and find_spec("torch") is None:
        click.echo("note: it needs torch and torchvision, which are not installed here", err=True)
    click.echo(f"next: subkit score {folder} --smoke", err=True)
    return 0
