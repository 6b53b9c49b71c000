"""`subkit score`: run a submission on a track and score it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .audit import exit_code
from .options import DEFAULT_TRACK, Instances, json_option, trial_options, with_limits

if TYPE_CHECKING:
    from evaluator.audit import Audit
    from evaluator.datasets import Dataset
    from evaluator.isolation import Mode
    from evaluator.run import Run


@click.command(short_help="Run a submission on a track's instances and score it.")
@trial_options
@click.option("--instances", type=Instances(), help="Such as 3, 1,2 or 1-5. Else all of the track.")
@click.option("--smoke", is_flag=True, help="One small instance in seconds: does it run at all?")
@click.option(
    "--audit", "audited", is_flag=True, help="Then audit it on the first of these instances."
)
@click.option(
    "--embed",
    is_flag=True,
    help="Keep embeddings of the images, where the submission offers them, for subkit report.",
)
@click.option("--fresh", is_flag=True, help="Run anew; earlier records are put aside, not lost.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The run's folder. Else runs/SUBMISSION-TRACK-PHASE.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write JUnit XML, one test case an instance.",
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
    isolation: Mode,
    params: tuple[tuple[str, Any], ...],
    smoke: bool,
    audited: bool,
    embed: bool,
    fresh: bool,
    out: Path | None,
    junit: Path | None,
    as_json: bool,
) -> int:
    """Run SUBMISSION, a folder or a zip, on the instances of a track and score it.

    Each instance runs in a process tree of its own, under the track's limits. What is finished is
    not run again: the same command resumes an interrupted run. What `subkit check` finds is kept
    with the records, and stops nothing.
    """
    from evaluator.datasets import open_dataset
    from evaluator.junit import as_junit
    from evaluator.records import write
    from evaluator.rules import rules_of
    from evaluator.run import score as score_submission
    from evaluator.track import open_track
    from submission_kit.checks import check
    from submission_kit.findings import summary
    from submission_kit.submission import open_submission

    from .view import View, run_json

    described = open_submission(submission)
    for note in described.notes:
        click.echo(f"note: {note}", err=True)
    rules = open_track(track or described.track or DEFAULT_TRACK)
    if smoke:
        if described.commands:
            click.echo(
                "note: a script takes no params, so --smoke cannot shorten its training", err=True
            )
        rules, described = rules.smoke(), described.with_params(described.smoke)
    rules = with_limits(rules, wall=wall, memory=memory, threads=threads)
    described = described.with_params(dict(params))
    rules.phase(phase)
    dataset = open_dataset(rules.dataset, data)
    name = "-".join([described.name, rules.name, phase] + ["smoke"] * smoke)
    folder = out or Path("runs") / name
    findings = check(submission, rules_of(rules))
    if findings:
        click.echo(f"check: {summary(findings)}; `subkit check` names them", err=True)
    view = View(described, rules, phase, len(instances or ()) or None)
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
                isolation=isolation,
                watcher=view,
                embed=embed,
                findings=findings,
            )
    except KeyboardInterrupt:
        click.echo(f"finished trials are kept in {folder}; the same command goes on", err=True)
        raise
    if embed and not any((folder / "embeddings").glob("*.npz")):
        click.echo("no embeddings: what train returns has no embed(images)", err=True)
    if junit is not None:
        write(junit, as_junit(run).encode())
    if not as_json:
        view.print_result(run)
    audit = _audit(run, dataset, isolation, as_json) if audited else None
    if as_json:
        click.echo(run_json(run, audit))
    verdicts = {record["verdict"]["name"] for record in run.records}
    code = 0 if verdicts == {"ok"} else 4 if verdicts <= {"ok", "harness-error"} else 1
    return code or (exit_code(audit) if audit is not None else 0)


def _audit(run: Run, dataset: Dataset, isolation: Mode, quiet: bool) -> Audit | None:
    """Audit the run's submission on the first of its instances, and keep that beside its records.

    One that is not ok there is not run four times more.
    """
    from evaluator.audit import audit
    from evaluator.records import write_json

    from .audit_view import AuditView

    seed = run.seeds[0]
    if run.records[0]["verdict"]["name"] != "ok":
        click.echo(f"no audit: instance {seed} is not ok", err=True)
        return None
    view = AuditView(run.submission, run.track, run.phase, seed)
    with view:
        done = audit(
            run.submission, run.track, dataset, run.phase, seed, isolation=isolation, watcher=view
        )
    write_json(run.folder / "audit.json", done.record)
    if not quiet:
        view.print_audit(done)
    return done
