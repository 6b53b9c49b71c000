"""A finding: one result of the compliance check. Here as text, JSON and GitHub's annotations.

`sarif` and `junit` write the two formats that other programs read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
SCHEMA = 1
"""Of the JSON. It counts up when a reader of the last one would misread this one."""


@dataclass(frozen=True)
class Finding:
    """What a rule found.

    severity: `error` where a server will refuse, the run will fail or a rule of the competition is
        broken; `warning` for a likely mistake or a risk; `note` for advice.
    path: the file, from where the check was asked; inside a zip, behind the zip's path.
    line, column: from 1; 0 where the file as a whole is meant.
    mend: what to do about it.
    """

    code: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    mend: str

    @property
    def place(self) -> str:
        """`path:line:column`, as editors read it."""
        return f"{self.path}:{max(1, self.line)}:{max(1, self.column)}"


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by place, then by weight."""
    return sorted(
        findings,
        key=lambda f: (f.path, f.line, f.column, SEVERITIES.index(f.severity), f.code, f.message),
    )


def count(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Return how many there are of each severity."""
    counted = Counter(finding.severity for finding in findings)
    return {severity: counted[severity] for severity in SEVERITIES}


def summary(findings: Sequence[Finding]) -> str:
    """Say in one line what was found: `1 error, 2 warnings`, or `nothing found`."""
    parts = [
        f"{number} {severity}{'s' * (number > 1)}"
        for severity, number in count(findings).items()
        if number
    ]
    return ", ".join(parts) or "nothing found"


Style = Callable[[str, str], str]


def as_text(findings: Sequence[Finding], style: Style = lambda text, kind: text) -> str:
    """Return a line `path:line:col CODE severity message` each, and a line with its mend.

    style: (text, kind) -> the text as shown; kind is a severity, `place` or `mend`.
    """
    lines = []
    for finding in findings:
        severity = style(finding.severity, finding.severity)
        place = style(printable(finding.place), "place")
        lines.append(f"{place} {finding.code} {severity} {printable(finding.message)}")
        if finding.mend:
            lines.append(style(f"    mend: {printable(finding.mend)}", "mend"))
    return "".join(f"{line}\n" for line in lines)


def as_json(findings: Sequence[Finding], **more: object) -> str:
    """Return the findings as one JSON object; `more` stands beside them."""
    whole = {
        "schema": SCHEMA,
        "kind": "check",
        **more,
        "counts": count(findings),
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(whole, indent=1)  # in ASCII: a name in a zip may be no text in UTF-8


_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}


def as_github(findings: Sequence[Finding]) -> str:
    """Return GitHub's workflow commands, which annotate the lines of a pull request."""
    lines = []
    for finding in findings:
        place = {"file": finding.path, "title": finding.code}
        if finding.line:
            place |= {"line": str(finding.line), "col": str(max(1, finding.column))}
        values = ",".join(f"{name}={_property(value)}" for name, value in place.items())
        message = f"{finding.message}\nmend: {finding.mend}" if finding.mend else finding.message
        lines.append(f"::{_GITHUB[finding.severity]} {values}::{_data(message)}")
    return "".join(f"{line}\n" for line in lines)


def _data(text: str) -> str:
    """Escape as GitHub's runner unescapes, and keep everything else off the terminal."""
    return (
        printable(text, keep="\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    )


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def printable(text: str, keep: str = "") -> str:
    """Escape what could end the line, or move a terminal's cursor or change its state.

    keep: characters that stay as they are, such as the ends of lines.
    """
    return "".join(
        char if char.isprintable() or char in keep else repr(char)[1:-1] for char in text
    )
