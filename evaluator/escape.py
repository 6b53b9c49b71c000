"""Text of submissions where it must stay text: on one line, in a spreadsheet, in Markdown.

What cannot be seen, or turns the direction of writing, is written out everywhere, as in `\\x1b` or
`\\u202e`.
"""

from __future__ import annotations

import re

from submission_kit.findings import printable

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What begins a formula in spreadsheets, some of which read the wide forms too."""

_BEGINS = re.compile(rf"(^|;)(?=\s*[{re.escape(''.join(FORMULA))}])")
"""Where a formula begins: at the front, or where a semicolon parts cells, as in half of Europe."""


def one_line(text: str, most: int = 200) -> str:
    """Return the text as one line that says no more than so many characters."""
    line = printable(text)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def csv_cell(text: str) -> str:
    """Return the text as a cell that no spreadsheet computes: before a formula stands a `'`.

    As OWASP advises against CSV injection. Quotes and commas are the writer's business.
    """
    return _BEGINS.sub(r"\1'", printable(text))


def markdown_cell(text: str, most: int = 200) -> str:
    """Return the text as code in a cell of a table, where neither markup, links nor names of people
    mean anything; the two characters that end code or cell become others like them."""  # fmt: skip
    line = one_line(text, most).strip().replace("`", "ˋ").replace("|", "¦")
    return f"`{line}`" if line else ""
