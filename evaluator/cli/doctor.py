"""`subkit doctor`: what this machine can enforce, and how well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import data_option, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluator.doctor import Finding

CANNOT_SCORE = 3
"""The exit code for an environment at fault."""

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@click.command(short_help="Say what this machine can enforce, and how well.")
@data_option
@json_option
def doctor(data: Path | None, as_json: bool) -> int:
    """Examine this machine: its packages, isolation, cores, memory and disk, and the datasets.

    Nothing is installed, downloaded or ended. A few seconds, in which PyTorch is imported once.
    Exit code 3 where something fails, which keeps trials from being scored here; warnings do not.
    """
    import dataclasses
    import json

    from evaluator.doctor import examine, sum_up
    from evaluator.machine import describe_machine
    from evaluator.records import SCHEMA

    findings = examine(data)
    if as_json:
        described = {
            "schema": SCHEMA,
            "kind": "doctor",
            "machine": describe_machine(),
            "findings": [dataclasses.asdict(finding) for finding in findings],
            "summary": sum_up(findings),
        }
        click.echo(json.dumps(described, indent=1, ensure_ascii=False))
    else:
        _show(findings, sum_up(findings))
    return exit_code(findings)


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 3 where something fails, else 0."""
    return CANNOT_SCORE if any(finding.status == "fail" for finding in findings) else 0


def _show(findings: Sequence[Finding], summary: str) -> None:
    """Print the findings by theme, each on a line, and beneath it what mends it."""
    from itertools import groupby

    from rich.console import Console
    from rich.text import Text

    from submission_kit.findings import printable

    output = Console(highlight=False)
    width = max(len(finding.name) for finding in findings)
    for theme, found in groupby(findings, lambda finding: finding.theme):
        output.print(Text(theme, "bold"))
        for each in found:
            line = Text("  ").append(f"{each.status:6}", _STYLES[each.status])
            line.append(f"{each.name:{width}}  {printable(each.found)}")
            output.print(line, soft_wrap=True)
            if each.mend:
                mend = f"{'':8}{'':{width}}  mend: {printable(each.mend)}"
                output.print(Text(mend, "dim"), soft_wrap=True)
    output.print(Text(summary, "bold"), soft_wrap=True)
