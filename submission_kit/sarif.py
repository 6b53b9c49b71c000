"""Findings as SARIF 2.1.0, the format in which code-scanning services take them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from . import __version__
from .checks.rule import RULES
from .findings import Finding

_LEVEL = {"error": "error", "warning": "warning", "note": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(findings: Sequence[Finding]) -> str:
    """Return one run with its rules, each with the text that `subkit explain` shows."""
    codes = sorted({finding.code for finding in findings})
    whole = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "subkit",
                        "version": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "results": [_result(finding, codes.index(finding.code)) for finding in findings],
            }
        ],
    }
    return json.dumps(whole, indent=1)


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why or rule.title},
        "help": {"text": rule.text},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    # A path may be no text at all in UTF-8, and an address knows neither blanks nor backslashes.
    address = quote(finding.path.replace("\\", "/").encode("utf-8", "surrogatepass"))
    place: dict[str, Any] = {"artifactLocation": {"uri": address}}
    if finding.line:
        place["region"] = {"startLine": finding.line, "startColumn": max(1, finding.column)}
    text = f"{finding.message}\nmend: {finding.mend}" if finding.mend else finding.message
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVEL[finding.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }
