"""`subkit instance`: which images an instance takes."""

from __future__ import annotations

from pathlib import Path

import click

from .options import data_option, json_option


@click.command(short_help="Show which images an instance of a track takes.")
@click.argument("track")
@click.option("--seed", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--phase", default="dev", show_default=True)
@data_option
@json_option
def instance(track: str, seed: int, phase: str, data: Path | None, as_json: bool) -> None:
    """Show which images the instance SEED of TRACK takes: positions within the split, per class.

    For whoever organises or audits: a submission must not learn this.
    """
    import json

    from evaluator.datasets import open_dataset
    from evaluator.instances import draw
    from evaluator.records import SCHEMA
    from evaluator.track import open_track

    rules = open_track(track)
    dataset = open_dataset(rules.dataset, data)
    drawn = draw(rules, dataset, phase, seed)
    where = drawn.positions
    if as_json:
        positions = {"train": list(where.train), "test": list(where.test)}
        described = {
            "schema": SCHEMA,
            "kind": "instance",
            "track": rules.name,
            "track_digest": rules.digest,
            "phase": phase,
            "split": rules.phase(phase).split,
            "seed": seed,
            "source": dataset.source,
            "n": where.n,
            "positions": dict.fromkeys(dataset.class_names, positions),
            "shape": list(drawn.train_images.shape[1:]),
            "digest": drawn.digest,
        }
        click.echo(json.dumps(described, indent=1, ensure_ascii=False))
        return
    click.echo(f"{rules.name}, {phase}, instance {seed}: {dataset.source}")
    click.echo(f"digest   {drawn.digest}")
    click.echo(f"classes  {', '.join(dataset.class_names)}")
    split = rules.phase(phase).split
    click.echo(f"of each class, positions among {where.n} images of the {split} split:")
    click.echo(f"train    {' '.join(map(str, where.train))}")
    click.echo(f"test     {' '.join(map(str, where.test))}")
