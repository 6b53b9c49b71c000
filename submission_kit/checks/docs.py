"""docs/rules.md, from the rules' docstrings::

python -m submission_kit.checks.docs > docs/rules.md
"""

from __future__ import annotations

import sys

from . import RULES

_HEAD = """\
# The rules of `subkit check`

Written by `make rules` from the docstrings in `submission_kit/checks/`; [check.md](check.md) says
how to use them. An error is what a server will refuse, what will fail, what breaks a rule of the
competition, or what cannot be taken back. A warning is a likely mistake, or what fails on one of
the two platforms. A note is advice.
"""

_THEMES = {
    "L": "Layout",
    "D": "Description",
    "M": "Metadata",
    "C": "Code",
    "F": "Content",
    "R": "Running",
    "N": "Comments to the check",
}


def rules_page() -> str:
    """Return the page."""
    parts, theme = [_HEAD], ""
    codes = sorted(RULES, key=lambda code: (list(_THEMES).index(code[0]), code))
    for code in codes:
        rule = RULES[code]
        if code[0] != theme:
            theme = code[0]
            parts.append(f"\n## {_THEMES[theme]}\n")
        body = rule.text.partition("\n")[2].strip("\n").replace("Mend: ", "**Mend:** ")
        parts.append(f"\n### {code} {rule.title}\n\n*{rule.severity}*, `{rule.name}`\n\n{body}\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.stdout.write(rules_page())
