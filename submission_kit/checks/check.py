"""The check itself: every rule on one submission, and what comes of it as findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from submission_kit.findings import Finding, in_order
from submission_kit.submission import FILE_NAME

from .case import Case
from .ignores import RULES_OF_IGNORES, Ignore, find, silence
from .rule import RULES, STATIC, Found, Rules, RulesByTrack
from .tree import open_tree

MOST = 20
"""Findings of one rule in one file; the last says how many more there are."""

LONGEST = 500
"""Characters of a message; what it quotes may be as long as the file."""


def check(path: Path, rules: Rules | RulesByTrack) -> list[Finding]:
    """Check a submission's folder or zip, without running or importing any of it.

    rules: of the track, or a function that gives them for the track that the submission names.

    Returns every finding, in the order of files and lines.

    Raises:
        SubmissionError: there is neither a folder nor a file.
    """
    tree = open_tree(path)
    try:
        case = Case(tree, rules)
        found = [(rule.code, item) for rule in STATIC for item in rule.find(case)]
        found = [(code, item) for code, item in found if code[0] != "C" or _is_run(item, case)]
        ignores = list(_ignores(case))
        found = silence(found, ignores)
        found += [(rule.code, item) for rule in RULES_OF_IGNORES for item in rule.find(ignores)]
        found = [(code, _weighed(code, item, case)) for code, item in found]
        return in_order(as_finding(code, item, tree.shown(item.name)) for code, item in _few(found))
    finally:
        tree.close()


def as_finding(code: str, item: Found, shown: str) -> Finding:
    """Return what a rule found as a finding, with the rule's own severity and mend by default.

    shown: the path that it stands under.
    """
    rule = RULES[code]
    return Finding(
        code=code,
        severity=item.severity or rule.severity,
        path=shown,
        line=item.line,
        column=item.column,
        message=item.message if len(item.message) <= LONGEST else f"{item.message[:LONGEST]}…",
        mend=rule.mend if item.mend is None else item.mend,
    )


def _ignores(case: Case) -> Iterator[Ignore]:
    for source in case.sources:
        yield from find(source.name, source.text)
    for name in (FILE_NAME, "metadata"):
        if case.has(name):
            yield from find(case.root + name, case.text(name))


def _is_run(item: Found, case: Case) -> bool:
    source = case.source_at(item.name)
    return source is None or case.is_run(source, item.line)


def _weighed(code: str, item: Found, case: Case) -> Found:
    """Take what is wrong in code that no trial loads for advice: it cannot make the run fail."""
    if code[0] == "C" and item.name.endswith(".py") and item.name not in case.reached:
        return replace(item, severity="note")
    return item


def _few(found: Iterable[tuple[str, Found]]) -> Iterator[tuple[str, Found]]:
    """Drop what a rule says of one file too often."""
    found = list(found)
    total = Counter((code, item.name) for code, item in found)
    seen: Counter[tuple[str, str]] = Counter()
    for code, item in found:
        key = (code, item.name)
        seen[key] += 1
        if seen[key] < MOST or total[key] == MOST:
            yield code, item
        elif seen[key] == MOST:
            more = total[key] - MOST
            yield code, replace(item, message=f"{item.message} (and {more} more in this file)")
