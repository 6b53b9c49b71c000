"""`# subkit: ignore[CODE, CODE] reason`: what a participant says about a finding in the source.

It silences those codes in its own line, or, where it stands alone, in the next line that is not a
comment. In `submission.yaml` it silences them also in files that have no lines, such as weights.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .rule import RULES, Found, document

_COMMENT = re.compile(r"#\s*subkit:\s*ignore\b\s*(?:\[([^\]\n]*)\])?[ \t:,;-]*(.*)")


@dataclass
class Ignore:
    """One such comment.

    line: where it stands; silences: the line that it speaks of.
    used: codes that it did silence.
    """

    name: str
    line: int
    column: int
    silences: int
    codes: tuple[str, ...]
    reason: str
    used: set[str] = field(default_factory=set)


def find(name: str, text: str) -> list[Ignore]:
    """Return the comments of a file."""
    if "subkit:" not in text:
        return []
    lines = text.splitlines()
    found = []
    for line, column, comment in _comments(name, text, lines):
        match = _COMMENT.match(comment)
        if match is None:
            continue
        codes = tuple(code.strip() for code in (match[1] or "").split(",") if code.strip())
        alone = not lines[line - 1][:column].strip() if line <= len(lines) else False
        silences = _next_line(lines, line) if alone else line
        found.append(Ignore(name, line, column + 1, silences, codes, match[2].strip()))
    return found


def _comments(name: str, text: str, lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yield line, column from 0, and text of each comment that speaks to us."""
    if name.endswith(".py"):
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        except (tokenize.TokenError, SyntaxError, ValueError):
            pass  # it cannot be parsed: what looks like a comment is one
        else:
            for token in tokens:
                if token.type == tokenize.COMMENT and "subkit:" in token.string:
                    yield *token.start, token.string
            return
    for number, line in enumerate(lines, start=1):
        if "subkit:" in line and (match := _COMMENT.search(line)):
            yield number, match.start(), line[match.start() :]


def _next_line(lines: list[str], line: int) -> int:
    for number in range(line, min(len(lines), line + 50)):
        if lines[number].strip() and not lines[number].lstrip().startswith("#"):
            return number + 1
    return line


def silence(found: Iterable[tuple[str, Found]], ignores: list[Ignore]) -> list[tuple[str, Found]]:
    """Return the findings, each with its code, that no comment silences."""
    by_line: dict[tuple[str, int], list[Ignore]] = {}
    for ignore in ignores:
        by_line.setdefault((ignore.name, ignore.silences), []).append(ignore)
    whole = [ignore for ignore in ignores if ignore.name.endswith("submission.yaml")]
    left = []
    for code, item in found:
        speaking = by_line.get((item.name, item.line), []) if item.line else whole
        silent = [ignore for ignore in speaking if code in ignore.codes]
        for ignore in silent:
            ignore.used.add(code)
        if not silent:
            left.append((code, item))
    return left


def unexplained(ignores: list[Ignore]) -> Iterator[Found]:
    """A comment that silences a finding without saying why.

    Whoever reviews the code reads the reason instead of asking for it.

    Mend: Write the reason behind the codes: `# subkit: ignore[C480] the file is our own`.
    """
    for ignore in ignores:
        if not ignore.reason:
            yield Found(ignore.name, "gives no reason", ignore.line, ignore.column)


def unknown(ignores: list[Ignore]) -> Iterator[Found]:
    """A comment that silences no code, or one that there is not.

    It silences nothing, and the finding that was meant still counts.

    Mend: Name the codes in brackets, as `subkit check` prints them; `subkit explain` lists all.
    """
    for ignore in ignores:
        wrong = [code for code in ignore.codes if code not in RULES]
        if not ignore.codes:
            yield Found(ignore.name, "names no code", ignore.line, ignore.column)
        elif wrong:
            message = f"there is no {', '.join(wrong)}"
            yield Found(ignore.name, message, ignore.line, ignore.column)


def unused(ignores: list[Ignore]) -> Iterator[Found]:
    """A comment that silences nothing.

    What it spoke of has been mended or stands elsewhere; it would hide the next one.

    Mend: Remove it, or move it to the line of the finding.
    """
    for ignore in ignores:
        idle = [code for code in ignore.codes if code in RULES and code not in ignore.used]
        if idle:
            message = f"nothing to silence here: {', '.join(idle)}"
            yield Found(ignore.name, message, ignore.line, ignore.column)


RULES_OF_IGNORES = (
    document("N901", "note", unexplained),
    document("N902", "note", unknown),
    document("N903", "note", unused),
)
