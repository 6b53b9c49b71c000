"""The check as `pack` and `verify` run it: under the rules of a track."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection

    from evaluator.track import Track
    from submission_kit.findings import Finding


def checked(path: Path, track: Track, mended: Collection[str] = ()) -> list[Finding]:
    """Check a folder or a zip under a track's rules, and show what was found on stderr.

    mended: codes of findings that need not be said, since the next step does away with them.
    """
    from evaluator.rules import rules_of
    from submission_kit.checks import check
    from submission_kit.findings import as_text

    findings = [one for one in check(path, rules_of(track)) if one.code not in mended]
    click.echo(as_text(findings), err=True, nl=False)
    return findings
