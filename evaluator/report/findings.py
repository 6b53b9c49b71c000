"""What the check found in the submission before it was run, as far as the records hold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..reading import StoredRun
from .fields import mapping, number, text
from .markup import Content, Html, tag
from .page import Section, badge, card
from .tables import Cell, table

KINDS = {"error": "bad", "warning": "warn"}

MOST = 200
"""Findings of a run that are shown."""


def findings(runs: Sequence[StoredRun], titles: Sequence[str]) -> Section | None:
    """Return the section, if any of the runs was checked."""
    content = []
    for run, name in zip(runs, titles, strict=True):
        held = run.run.get("findings")
        if isinstance(held, list):
            found = [mapping(each) for each in held]
            content.append(_of_run(found, name if len(runs) > 1 else ""))
    return Section("Check", tuple(content)) if content else None


def _of_run(found: Sequence[Mapping[str, Any]], name: str) -> Html:
    of = f" in {name}" if name else ""
    if not found:
        return card(tag("p", f"The check found nothing{of}."))
    rows = [_row(each) for each in found[:MOST]]
    columns = ["severity", "code", "where", "what was found", "what to do"]
    caption = f"What the check found{of}"
    rest = len(found) - len(rows)
    more = tag("p", f"{rest} more are in run.json.", class_="note") if rest else None
    return card(table(columns, rows, caption), more, title=caption)


def _row(finding: Mapping[str, Any]) -> list[Cell | Content]:
    severity = text(finding.get("severity"))
    line = number(finding.get("line"))
    place = text(finding.get("path")) + (f":{line:.0f}" if line else "")
    return [
        Cell(badge(severity, KINDS.get(severity, "")), severity),
        text(finding.get("code")),
        Cell(tag("code", place), place),
        Cell(text(finding.get("message")), kind="long"),
        Cell(text(finding.get("mend")), kind="long"),
    ]
