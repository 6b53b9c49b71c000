"""`subkit verify`: whether a bundle is what `subkit pack` made of it."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option, track_option


@click.command(short_help="Verify a bundle: unchanged, safe to unpack, and in keeping with rules.")
@click.argument("bundle", type=click.Path(path_type=Path))
@track_option
@click.option("--no-check", is_flag=True, help="Look at the zip and its manifest alone.")
@json_option
def verify(bundle: Path, track: str | None, no_check: bool, as_json: bool) -> int:
    """Verify BUNDLE, a zip that `subkit pack` made: not a byte has changed since.

    Then it is checked under the rules of the track that it was packed for. Exit code 1 where
    something is wrong.
    """
    import dataclasses
    import json

    from evaluator.track import open_track
    from submission_kit.findings import printable
    from submission_kit.verify import verify as verify_bundle

    from .checked import checked

    verification = verify_bundle(bundle)
    manifest, faults = verification.manifest, verification.faults
    findings = []
    if manifest is not None and not faults and not no_check:
        rules = open_track(track or manifest.track.name)
        if rules.name == manifest.track.name and rules.digest != manifest.track.digest:
            click.echo(f"note: it was packed for other rules of track {rules.name}", err=True)
        findings = checked(bundle, rules, manifest.platform)
    is_fine = not faults and all(finding.severity != "error" for finding in findings)
    if as_json:
        described = {
            "schema": 1,
            "kind": "verify",
            "bundle": str(bundle),
            "is_fine": is_fine,
            "faults": faults,
            "manifest": None if manifest is None else manifest.record,
            "findings": [dataclasses.asdict(finding) for finding in findings],
        }
        click.echo(json.dumps(described, indent=1))
    elif manifest is not None and not faults:
        click.echo(f"{bundle}: unchanged since it was packed, {len(manifest.files) + 1} files")
        click.echo(f"  content    {manifest.content_digest}")
        click.echo(f"  submission {manifest.submission.digest}")
    for fault in () if as_json else faults:
        click.echo(printable(f"{bundle}: {fault.removeprefix(f'{bundle}: ')}"))
    return 0 if is_fine else 1
