"""Findings as JUnit's XML, which build servers show as tests: one test case a finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from .findings import Finding, count

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(findings: Sequence[Finding], name: str, strict: bool = False) -> str:
    """Return one test suite; errors are failures, under `strict` warnings too.

    name: of what was checked. Where nothing was found, one test case says so.
    """
    failing = {"error", "warning"} if strict else {"error"}
    failures = sum(number for severity, number in count(findings).items() if severity in failing)
    cases = [_case(finding, finding.severity in failing) for finding in findings]
    cases = cases or [f"  <testcase classname={_attribute(name)} name='check'/>"]
    head = f"name={_attribute(name)} tests='{len(cases)}' failures='{failures}' errors='0'"
    lines = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        f"<testsuite {head} skipped='0'>",
        *cases,
        "</testsuite>",
    ]
    return "".join(f"{line}\n" for line in lines)


def _case(finding: Finding, fails: bool) -> str:
    says = f"{finding.place} {finding.code} {finding.severity} {finding.message}"
    if finding.mend:
        says += f"\nmend: {finding.mend}"
    name = f"{finding.code} {finding.place}"
    body = (
        f"    <failure type={_attribute(finding.code)} message={_attribute(finding.message)}>"
        f"{_text(says)}</failure>"
        if fails
        else f"    <system-out>{_text(says)}</system-out>"
    )
    head = f"  <testcase classname={_attribute(finding.path)} name={_attribute(name)}>"
    return f"{head}\n{body}\n  </testcase>"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("?", text))
