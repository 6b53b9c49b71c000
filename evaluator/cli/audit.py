"""`subkit audit`: ask of a submission what its accuracy does not answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import DEFAULT_TRACK, json_option, trial_options, with_limits

if TYPE_CHECKING:
    from evaluator.audit import Audit
    from evaluator.isolation import Mode


@click.command(short_help="Ask of a submission what its accuracy does not answer.")
@trial_options
@click.option("--instance", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Keep it in a JSON file too."
)
@json_option
def audit(
    submission: Path,
    track: str | None,
    phase: str,
    instance: int,
    data: Path | None,
    wall: float | None,
    memory: int | None,
    threads: int | None,
    isolation: Mode,
    params: tuple[tuple[str, Any], ...],
    out: Path | None,
    as_json: bool,
) -> int:
    """Audit SUBMISSION, a folder or a zip, on one instance of a track.

    Does it repeat, and use its seed? Do predictions depend on the call? Does it know labels that
    it was not given? Does it fit its time? It is trained four times, or five, each time under the
    track's limits.
    """
    import json

    from evaluator.audit import audit as audit_submission
    from evaluator.datasets import open_dataset
    from evaluator.records import write_json
    from evaluator.track import open_track
    from submission_kit.errors import ConfigError
    from submission_kit.submission import open_submission

    from .audit_view import AuditView

    if out is not None and not out.parent.is_dir():
        raise ConfigError(f"{out.parent}: is no folder", "Make it, or name another --out.")
    described = open_submission(submission).with_params(dict(params))
    rules = open_track(track or described.track or DEFAULT_TRACK)
    rules = with_limits(rules, wall=wall, memory=memory, threads=threads)
    rules.phase(phase)
    dataset = open_dataset(rules.dataset, data)
    view = AuditView(described, rules, phase, instance)
    with view:
        done = audit_submission(
            described, rules, dataset, phase, instance, isolation=isolation, watcher=view
        )
    if out is not None:
        write_json(out, done.record)
    if as_json:
        click.echo(json.dumps(done.record, indent=1, ensure_ascii=False))
    else:
        view.print_audit(done)
    return exit_code(done)


def exit_code(audit: Audit) -> int:
    """Return 0 where all is ok or a warning, 4 where a trial failed by our own fault, else 1."""
    verdicts = {trial.verdict.name for trial in audit.trials}
    if any(finding.status == "fail" for finding in audit.findings):
        return 1
    return 0 if verdicts == {"ok"} else 4 if verdicts <= {"ok", "harness-error"} else 1
