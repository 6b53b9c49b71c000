"""JUnit's XML, which build servers show as tests; of findings, one test case each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from .findings import Finding

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Case:
    """One test case.

    group, name: what it is of, and its own name.
    says: its words; of a failure, or its output.
    failure: the kind of failure, empty where it passed; message: its first line.
    fault: whether the failure is none of what was tested, which JUnit calls an error.
    seconds: what it took, where that is known.
    """

    group: str
    name: str
    says: str = ""
    failure: str = ""
    message: str = ""
    fault: bool = False
    seconds: float | None = None


def suite(name: str, cases: Sequence[Case]) -> str:
    """Return one test suite."""
    faults = sum(bool(case.failure) and case.fault for case in cases)
    failures = sum(bool(case.failure) for case in cases) - faults
    head = f"name={_attribute(name)} tests='{len(cases)}' failures='{failures}' errors='{faults}'"
    lines = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        f"<testsuite {head} skipped='0'>",
        *map(_case, cases),
        "</testsuite>",
    ]
    return "".join(f"{line}\n" for line in lines)


def as_junit(findings: Sequence[Finding], name: str, strict: bool = False) -> str:
    """Return findings as one test suite; errors are failures, under `strict` warnings too.

    name: of what was checked. Where nothing was found, one test case says so.
    """
    failing = {"error", "warning"} if strict else {"error"}
    cases = [_of_finding(finding, finding.severity in failing) for finding in findings]
    return suite(name, cases or [Case(name, "check")])


def _of_finding(finding: Finding, fails: bool) -> Case:
    says = f"{finding.place} {finding.code} {finding.severity} {finding.message}"
    if finding.mend:
        says += f"\nmend: {finding.mend}"
    return Case(
        finding.path,
        f"{finding.code} {finding.place}",
        says,
        finding.code if fails else "",
        finding.message,
    )


def _case(case: Case) -> str:
    head = f"  <testcase classname={_attribute(case.group)} name={_attribute(case.name)}"
    if case.seconds is not None:
        head += f" time='{case.seconds:.3f}'"
    if not case.failure and not case.says:
        return f"{head}/>"
    tag = "error" if case.fault else "failure"
    body = (
        f"    <{tag} type={_attribute(case.failure)} message={_attribute(case.message)}>"
        f"{_text(case.says)}</{tag}>"
        if case.failure
        else f"    <system-out>{_text(case.says)}</system-out>"
    )
    return f"{head}>\n{body}\n  </testcase>"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("?", text))
