"""The check as `pack` and `verify` run it: under the rules of a track."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from evaluator.track import Track
    from submission_kit.findings import Finding
    from submission_kit.manifest import Platform


def checked(
    path: Path, track: Track, platform: Platform, before_packing: bool = False
) -> list[Finding]:
    """Check a folder or a zip under a track's rules, and show what was found on stderr.

    before_packing: leave out what is wrong with a zip or folder and not with its bundle.
    """
    from dataclasses import replace

    from evaluator.rules import rules_of
    from submission_kit.checks import RULES, check
    from submission_kit.findings import as_text

    findings = check(path, replace(rules_of(track), platform=platform))
    if before_packing:
        findings = [finding for finding in findings if not RULES[finding.code].packing_mends]
    click.echo(as_text(findings), err=True, nl=False)
    return findings
