"""What audits found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from submission_kit.plain import parse_object

from ..reading import LeftOut, StoredRun
from ..records import MAX_SIZE, SCHEMA
from .fields import items, mapping, number, text
from .markup import Content
from .page import Section, badge
from .tables import Cell, table

KINDS = {"ok": "ok", "warn": "warn", "fail": "bad", "skipped": ""}


def audits(
    runs: Sequence[StoredRun], titles: Sequence[str]
) -> tuple[Section | None, list[LeftOut]]:
    """Return the section, if there is anything to say, and what of the audits was left out."""
    rows: list[list[Cell | Content]] = []
    left_out = []
    for run, name in zip(runs, titles, strict=True):
        path = run.folder / "audit.json"
        try:
            found, seed = _findings(path, run)
        except (OSError, ValueError) as error:
            left_out.append(LeftOut(path, str(error)))
            continue
        mine: list[Cell | Content] = [name] if len(runs) > 1 else []
        for finding in found:
            status = text(finding.get("status"))
            shown = Cell(badge(status, KINDS.get(status, "")), status)
            question, says = text(finding.get("question")), text(finding.get("says"))
            rows.append([*mine, seed, question, shown, Cell(says, kind="long")])
    if not rows:
        return None, left_out
    columns = ["run"] * (len(runs) > 1) + ["instance", "question", "answer", "what was found"]
    return Section("Audit", (table(columns, rows, "What the audit found"),)), left_out


def _findings(path: Path, run: StoredRun) -> tuple[list[Mapping[str, Any]], str]:
    """Return an audit's findings, none where none was asked for, and the instance audited.

    Raises:
        ValueError: it is broken, or none of this run.
    """
    if not path.exists():
        return [], ""
    if not path.is_file() or path.stat().st_size > MAX_SIZE:
        raise ValueError("is no record of an audit")
    record = parse_object(path.read_text(encoding="utf-8"))
    if record.get("schema") != SCHEMA or not isinstance(record.get("findings"), list):
        raise ValueError("is no record of an audit")
    for part in ("submission", "track"):
        if mapping(record.get(part)).get("digest") != run.run[part]["digest"]:
            raise ValueError(f"is of another {part}")
    seed = number(mapping(record.get("instance")).get("seed"))
    found = [mapping(finding) for finding in items(record["findings"])]
    return found, "" if seed is None else f"{seed:.0f}"
