"""The formats in which findings are written, as their readers take them."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from submission_kit.findings import (
    Finding,
    as_github,
    as_json,
    as_text,
    count,
    in_order,
    summary,
)
from submission_kit.junit import as_junit
from submission_kit.sarif import as_sarif

PLAIN = Finding("C450", "error", "a/b.py", 3, 5, "input() waits for a person", "Remove it.")
WHOLE = Finding("F501", "warning", "a b\\c,d:e.npy", 0, 0, "is an array: 100 %", "")
ODD = Finding(
    "L110", "note", "x\ud800\x1b[2J.zip", 0, 0, "two\nlines\r::error::\x00 <&'\">", "Mend\n."
)
ALL = [PLAIN, WHOLE, ODD]


def test_order_and_counts() -> None:
    late = Finding("C401", "error", "a/b.py", 9, 1, "", "")
    assert in_order([late, PLAIN, WHOLE]) == [WHOLE, PLAIN, late]
    assert count(ALL) == {"error": 1, "warning": 1, "note": 1}
    assert summary([PLAIN, late, WHOLE]) == "2 errors, 1 warning"
    assert summary([]) == "nothing found"


def test_text() -> None:
    assert as_text(ALL).splitlines() == [
        "a/b.py:3:5 C450 error input() waits for a person",
        "    mend: Remove it.",
        "a b\\c,d:e.npy:1:1 F501 warning is an array: 100 %",
        "x\\ud800\\x1b[2J.zip:1:1 L110 note two\\nlines\\r::error::\\x00 <&'\">",
        "    mend: Mend\\n.",
    ]
    assert as_text([PLAIN], lambda text, kind: f"<{kind}>{text}").startswith(
        "<place>a/b.py:3:5 C450"
    )


def test_json() -> None:
    whole = json.loads(as_json(ALL, track="digits-100"))
    assert (whole["schema"], whole["kind"], whole["track"]) == (1, "check", "digits-100")
    assert whole["counts"] == {"error": 1, "warning": 1, "note": 1}
    assert [Finding(**finding) for finding in whole["findings"]] == ALL


def test_github() -> None:
    """Escaped as the runner's `unescapeData` and `unescapeProperty` undo it."""
    lines = as_github(ALL).splitlines()
    assert lines == [
        "::error file=a/b.py,title=C450,line=3,col=5::input() waits for a person"
        "%0Amend: Remove it.",
        "::warning file=a b\\c%2Cd%3Ae.npy,title=F501::is an array: 100 %25",
        "::notice file=x\\ud800\\x1b[2J.zip,title=L110::"
        "two%0Alines%0D::error::\\x00 <&'\">%0Amend: Mend%0A.",
    ]


def test_sarif() -> None:
    """What the schema of SARIF 2.1.0 requires, and what code scanning shows."""
    whole = json.loads(as_sarif(ALL))
    assert whole["version"] == "2.1.0"
    (run,) = whole["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "subkit"
    assert [rule["id"] for rule in driver["rules"]] == ["C450", "F501", "L110"]
    for rule in driver["rules"]:
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
    first, second, third = run["results"]
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note")
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a/b.py"
    assert place["region"] == {"startLine": 3, "startColumn": 5}
    uris = [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in (second, third)
    ]
    assert uris == ["a%20b/c%2Cd%3Ae.npy", "x%ED%A0%80%1B%5B2J.zip"]
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert json.loads(as_sarif([]))["runs"][0]["results"] == []


@pytest.mark.parametrize(("strict", "failures"), [(False, 1), (True, 2)])
def test_junit(strict: bool, failures: int) -> None:
    suite = ElementTree.fromstring(as_junit(ALL, "a <b>\x00", strict).encode())
    assert suite.tag == "testsuite"
    assert (suite.get("tests"), suite.get("failures")) == ("3", str(failures))
    assert len(suite.findall("testcase/failure")) == failures
    assert len(suite.findall("testcase/system-out")) == 3 - failures
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text == "a/b.py:3:5 C450 error input() waits for a person\nmend: Remove it."
    empty = ElementTree.fromstring(as_junit([], "x"))
    assert (empty.get("tests"), empty.get("failures")) == ("1", "0")
