"""`subkit score`: run a submission on a track and score it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import DURATION, SIZE, Instances, Parameter, data_option, json_option

if TYPE_CHECKING:
    from evaluator.track import Track

DEFAULT_TRACK = "digits-100"


@click.command(short_help="Run a submission on a track's instances and score it.")
@click.argument("submission", type=click.Path(path_type=Path))
@click.option("--track", metavar="NAME|FILE", help="Else the track that submission.yaml names.")
@click.option("--phase", default="dev", show_default=True)
@click.option("--instances", type=Instances(), help="Such as 3, 1,2 or 1-5. Else all of the track.")
@data_option
@click.option("--wall", type=DURATION, help="Replaces the track's wall-clock limit: 2h, 90 s.")
@click.option("--memory", type=SIZE, help="Replaces the track's memory limit: 8 GB.")
@click.option("--threads", type=click.IntRange(min=1), help="Replaces the track's threads.")
@click.option(
    "-p", "--param", "params", multiple=True, type=Parameter(), help="Replaces a param: epochs=20."
)
@click.option("--smoke", is_flag=True, help="One small instance in seconds: does it run at all?")
@click.option("--fresh", is_flag=True, help="Run anew; earlier records are put aside, not lost.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The run's folder. Else runs/SUBMISSION-TRACK-PHASE.",
)
@json_option
def score(
    submission: Path,
    track: str | None,
    phase: str,
    instances: list[int] | None,
    data: Path | None,
    wall: float | None,
    memory: int | None,
    threads: int | None,
    params: tuple[tuple[str, Any], ...],
    smoke: bool,
    fresh: bool,
    out: Path | None,
    as_json: bool,
) -> int:
    """Run SUBMISSION, a folder, on the instances of a track and score it.

    Each instance runs in a process tree of its own, under the track's limits. What is finished is
    not run again: the same command resumes an interrupted run.
    """
    from evaluator.datasets import open_dataset
    from evaluator.run import score as score_submission
    from evaluator.track import open_track
    from submission_kit.submission import open_submission

    from .view import View, run_json

    described = open_submission(submission)
    rules = open_track(track or described.track or DEFAULT_TRACK)
    if smoke:
        rules, described = rules.smoke(), described.with_params(described.smoke)
    rules = _with_limits(rules, wall=wall, memory=memory, threads=threads)
    described = described.with_params(dict(params))
    rules.phase(phase)
    dataset = open_dataset(rules.dataset, data)
    name = "-".join([described.name, rules.name, phase] + ["smoke"] * smoke)
    folder = out or Path("runs") / name
    view = View(described, rules, phase)
    try:
        with view:
            run = score_submission(
                described,
                rules,
                dataset,
                phase,
                folder,
                seeds=instances or (),
                fresh=fresh or smoke,
                watcher=view,
            )
    except KeyboardInterrupt:
        click.echo(f"finished trials are kept in {folder}; the same command goes on", err=True)
        raise
    if as_json:
        click.echo(run_json(run))
    else:
        view.print_result(run)
    verdicts = {record["verdict"]["name"] for record in run.records}
    return 0 if verdicts == {"ok"} else 4 if verdicts <= {"ok", "harness-error"} else 1


def _with_limits(track: Track, **values: Any) -> Track:
    given = {name: value for name, value in values.items() if value is not None}
    return dataclasses.replace(track, limits=dataclasses.replace(track.limits, **given))
