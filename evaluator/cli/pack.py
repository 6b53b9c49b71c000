"""`subkit pack`: a submission as a zip for upload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import DEFAULT_TRACK, json_option, platform_option, submission_argument, track_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluator.track import Track
    from submission_kit.bundle import Bundle
    from submission_kit.findings import Finding
    from submission_kit.manifest import Form, Platform, Target

SHOWN = 20
"""Names that are listed of what was left out."""


@click.command(short_help="Check a submission and pack it for upload.")
@submission_argument
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="ZIP|DIR",
    help="Else SUBMISSION-native.zip or the like, here.",
)
@platform_option
@click.option(
    "--form",
    type=click.Choice(["native", "script"]),
    help="script is for servers that run a submission's own command; else native, if there is one.",
)
@track_option
@click.option("--no-check", is_flag=True, help="Pack without a check; the manifest says so.")
@click.option("--force", is_flag=True, help="Replace whatever is there.")
@json_option
def pack(
    submission: Path,
    out: Path | None,
    platform: Platform | None,
    form: Form | None,
    track: str | None,
    no_check: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Check SUBMISSION, a folder or a zip, and pack it for upload.

    The same files give the same bytes, wherever they lie. A submission with errors is not packed.
    """
    from evaluator.track import open_track
    from submission_kit.bundle import pack as pack_submission
    from submission_kit.errors import SubmissionError
    from submission_kit.findings import count, summary
    from submission_kit.submission import open_submission

    from .checked import checked

    described, fault = None, None
    try:
        described = open_submission(submission)
    except SubmissionError as error:  # the check may say more, and all at once
        fault = error
    rules = open_track(track or (described.track if described else "") or DEFAULT_TRACK)
    is_script = form == "script" or (described is not None and bool(described.commands))
    meant: Platform = platform or ("codalab" if is_script else "both")
    findings = [] if no_check else checked(submission, rules, meant, before_packing=True)
    found = {str(severity): number for severity, number in count(findings).items()}
    if found["error"]:
        click.echo("not packed: mend the errors, or pack with --no-check", err=True)
        if as_json:
            click.echo(_json(None, findings))
        return 1
    if described is None:
        assert fault is not None
        raise fault
    bundle = pack_submission(
        described,
        out,
        _target(rules),
        platform=platform,
        form=form,
        check=None if no_check else found,
        force=force,
    )
    for note in bundle.notes:
        click.echo(f"note: {note}", err=True)
    said = "not checked" if no_check else summary(findings)
    click.echo(_json(bundle, findings) if as_json else _text(bundle, said))
    return 0


def _target(track: Track) -> Target:
    from submission_kit.manifest import Target

    limits = track.limits
    instances = track.instances if limits.scope == "run" else 1
    return Target(track.name, track.digest, float(limits.wall) / instances, limits.threads)


def _text(bundle: Bundle, check: str) -> str:
    from submission_kit.findings import printable
    from submission_kit.quantities import format_size

    manifest = bundle.manifest
    size = format_size(bundle.path.stat().st_size)
    lines = [
        f"packed {bundle.path}: {len(manifest.files) + 1} files, {size}",
        f"  form       {manifest.form}, platform {manifest.platform}, track {manifest.track.name}",
        f"  check      {check}",
        f"  content    {manifest.content_digest}",
        f"  submission {manifest.submission.digest}",
    ]
    left_out = [f"  left out   {printable(name)}: {why}" for name, why in bundle.left_out.items()]
    lines += left_out[:SHOWN]
    if len(left_out) > SHOWN:
        lines.append(f"  left out   {len(left_out) - SHOWN} more")
    return "\n".join(lines)


def _json(bundle: Bundle | None, findings: Sequence[Finding]) -> str:
    import dataclasses
    import json

    described = {
        "schema": 1,
        "kind": "pack",
        "bundle": None if bundle is None else str(bundle.path),
        "manifest": None if bundle is None else bundle.manifest.record,
        "left_out": {} if bundle is None else bundle.left_out,
        "notes": [] if bundle is None else bundle.notes,
        "findings": [dataclasses.asdict(finding) for finding in findings],
    }
    return json.dumps(described, indent=1)  # in ASCII: a name may be no text in UTF-8
