"""Ignore files: which names to leave out, by the rules of .gitignore.

    notes.txt     # a file or folder of that name, at any depth
    /data/        # a folder, only at the top
    *.ckpt        # * and ? and [a-z] within a name
    docs/**/*.md  # ** for any number of folders
    !keep.ckpt    # not this one after all; the last line that matches counts

What lies in a folder that is left out cannot be asked back. Names are matched part by part, so
that no pattern takes more time than the product of its length and the name's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .errors import SubmissionError

MAX_LENGTH = 20_000
"""Characters of an ignore file."""


@dataclass(frozen=True)
class Pattern:
    """One line of an ignore file.

    text: as it is written.
    parts: what each part of a path has to match; `**` matches any number of them.
    keeps: it says what is not left out after all.
    """

    text: str
    parts: tuple[str, ...]
    folders_alone: bool
    keeps: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether it matches a relative path."""
        if self.folders_alone and not is_folder:
            return False
        names = path.split("/")
        reached = {0}  # how many of the names the parts so far may take
        for index, part in enumerate(self.parts):
            if part == "**":
                least = min(reached) + (index == len(self.parts) - 1)
                reached = set(range(least, len(names) + 1))
            else:
                reached = {
                    at + 1 for at in reached if at < len(names) and fnmatchcase(names[at], part)
                }
            if not reached:
                return False
        return len(names) in reached


def parse(text: str) -> tuple[Pattern, ...]:
    """Read an ignore file.

    Raises:
        SubmissionError: it is too long.
    """
    if len(text) > MAX_LENGTH:
        raise SubmissionError(
            f"the ignore file is longer than {MAX_LENGTH} characters",
            "Name folders or use * instead of listing files.",
        )
    return tuple(pattern for line in text.splitlines() if (pattern := _parse(line)))


def last_match(patterns: Iterable[Pattern], path: str, is_folder: bool) -> Pattern | None:
    """Return the pattern that counts for a path, or None."""
    found = None
    for pattern in patterns:
        if pattern.matches(path, is_folder):
            found = pattern
    return found


def _parse(line: str) -> Pattern | None:
    text = re.sub(r"(?<!\\) +$", "", line)
    if not text or text.startswith("#"):
        return None
    keeps = text.startswith("!")
    whole = text.removeprefix("!")
    folders_alone = whole.endswith("/")
    whole = whole.removesuffix("/")
    if "/" not in whole:
        whole = f"**/{whole}"
    parts = tuple(_as_fnmatch(part) for part in whole.removeprefix("/").split("/"))
    return Pattern(text, parts, folders_alone, keeps)


def _as_fnmatch(part: str) -> str:
    """Write what git has in another way than fnmatch: a backslash to escape, and `[^`."""

    def escaped(match: re.Match[str]) -> str:
        return f"[{match[1]}]" if match[1] in "*?[" else match[1]

    return re.sub(r"\\(.)", escaped, part).replace("[^", "[!")
