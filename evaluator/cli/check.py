"""`subkit check`: tell before the upload what a server would refuse."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import (
    DEFAULT_TRACK,
    data_option,
    isolation_option,
    params_option,
    phase_option,
    platform_option,
    submission_argument,
    track_option,
)

if TYPE_CHECKING:
    from evaluator.isolation import Mode
    from evaluator.track import Track
    from submission_kit.findings import Finding
    from submission_kit.manifest import Platform

FORMATS = ("text", "json", "github", "sarif", "junit")
COLOURS = {"error": "red", "warning": "yellow", "note": "cyan", "mend": "green"}


@click.command(short_help="Tell before the upload what a server would refuse.")
@submission_argument
@track_option
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@platform_option
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--run", "running", is_flag=True, help="Then run a smoke trial and time it.")
@click.option("--audit", "audited", is_flag=True, help="With --run: audit the smoke trial too.")
@phase_option
@data_option
@isolation_option
@params_option
def check(
    submission: Path,
    track: str | None,
    form: str,
    platform: Platform | None,
    strict: bool,
    running: bool,
    audited: bool,
    phase: str,
    data: Path | None,
    isolation: Mode,
    params: tuple[tuple[str, Any], ...],
) -> int:
    """Check SUBMISSION, a folder or a zip, against the rules of a track.

    Nothing of it is run or imported, but for --run. `subkit explain CODE` says more of a finding;
    `# subkit: ignore[CODE] reason` in the source silences one. Exit code 1 where there are errors.
    """
    import dataclasses

    from evaluator.rules import rules_of, track_named
    from evaluator.track import open_track
    from submission_kit.checks import Rules
    from submission_kit.checks import check as check_submission

    opened: list[Track] = []

    def rules(named: str) -> Rules:
        known: tuple[str, ...]
        if track is not None:
            found, known = open_track(track), ()
        else:
            found, known = track_named(named, DEFAULT_TRACK)
        opened.append(found)
        return dataclasses.replace(rules_of(found), tracks=known, platform=platform or "both")

    findings = check_submission(submission, rules)
    if running or audited:
        if any(finding.severity == "error" for finding in findings):
            click.echo("not run: mend the errors first", err=True)
        else:
            findings += _by_running(
                submission, opened[0], phase, data, isolation, dict(params), audited
            )
    click.echo(_rendered(findings, form, str(submission), opened[0].name, strict), nl=False)
    failing = ("error", "warning") if strict else ("error",)
    return int(any(finding.severity in failing for finding in findings))


def _by_running(
    path: Path,
    track: Track,
    phase: str,
    data: Path | None,
    isolation: Mode,
    params: dict[str, Any],
    audited: bool,
) -> list[Finding]:
    from evaluator.datasets import open_dataset
    from evaluator.dynamic_check import check_by_running
    from submission_kit.submission import open_submission

    track.phase(phase)
    described = open_submission(path).with_params(params)
    return check_by_running(
        path,
        described,
        track,
        open_dataset(track.dataset, data),
        phase,
        isolation=isolation,
        audited=audited,
    )


def _rendered(findings: list[Finding], form: str, path: str, track: str, strict: bool) -> str:
    from submission_kit.findings import as_github, as_json, as_text, printable, summary

    if form == "json":
        return as_json(findings, path=printable(path), track=track) + "\n"
    if form == "github":
        return as_github(findings)
    if form == "sarif":
        from submission_kit.sarif import as_sarif

        return as_sarif(findings) + "\n"
    if form == "junit":
        from submission_kit.junit import as_junit

        return as_junit(findings, path, strict)
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    text = as_text(findings, _coloured) if coloured else as_text(findings)
    return f"{text}{printable(path)} on {track}: {summary(findings)}\n"


def _coloured(text: str, kind: str) -> str:
    if kind == "place":
        return click.style(text, bold=True)
    return click.style(text, fg=COLOURS[kind])
