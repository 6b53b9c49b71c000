"""Which files of a folder are the submission's: what a trial sees, and what a bundle holds.

All of them, but for

- what is never needed (`NEVER`), or named in the folder's `.subkitignore`, which has the last word:
  `!model.zip` keeps a zip;
- names that the platforms and the bundle have a use of their own for (`RESERVED`);
- Python modules at the top, and folders of them, whose name stands in no module that is kept and
  not in `submission.yaml`. It is words that are looked for, not imports: a module that is loaded by
  `importlib`, run as a program or named in `params` is kept too, and no parser meets a source that
  is not trusted. A line `!worker.py` in `.subkitignore` keeps one that is found in no other way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import ignore
from .archive import pieces
from .ignore import Pattern, last_match

IGNORE_FILE = ".subkitignore"

NEVER = """\
.*
__pycache__/
__MACOSX/
node_modules/
runs/
venv/
*.pyc
*.zip
"""

MANIFEST = "manifest.json"

RESERVED = frozenset({MANIFEST, "metadata", "metadata.yaml"})
"""Names at the top that a bundle gives to files of its own, or that a platform reads as orders."""

MAX_SCANNED = 20_000_000
"""Bytes of all modules together; in more than that nobody looks for words, and all are kept."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Choice:
    """What was chosen from a folder.

    files: where each file lies, by its path in the submission.
    left_out: why each other one is not among them; a folder ends in a slash, for all that it holds.
    """

    files: dict[str, Path]
    left_out: dict[str, str]


def choose(
    folder: Path,
    entry: str,
    description: str,
    included: Mapping[str, Path],
    reserved: Iterable[str] = (),
) -> Choice:
    """Choose the files of a submission.

    entry: `module:name`. Where there is no such module no other is left out, so that the error
        which follows can name the one that was meant.
    description: the text of its `submission.yaml`.
    included: files from elsewhere, by their path in the submission.
    reserved: further names that are not the submission's.

    Raises:
        SubmissionError: a file cannot be read, or the ignore file is too long.
    """
    patterns = _NEVER + _ignored(folder / IGNORE_FILE)
    files, left_out = dict(included), {}
    kept = set(included)  # whether or not anybody mentions them
    for parent, folders, names in os.walk(folder):
        inside = Path(parent).relative_to(folder)
        for name in sorted(folders):
            path = (inside / name).as_posix()
            pattern = last_match(patterns, path, is_folder=True)
            link = "a link to a folder" if Path(parent, name).is_symlink() else ""
            if why := _why(pattern) or link:
                left_out[f"{path}/"] = why
                folders.remove(name)
        for name in names:
            path = (inside / name).as_posix()
            pattern = last_match(patterns, path, is_folder=False)
            own = "a name of the bundle's own" if path in {*RESERVED, *reserved} else ""
            odd = "" if Path(parent, name).is_file() else "no file that can be read"
            if why := own or _why(pattern) or odd:
                left_out[path] = why
                continue
            files[path] = Path(parent, name)
            if pattern is not None:
                kept.add(path)
    left_out.pop(IGNORE_FILE, None)
    for name in files.keys() - _needed(files, kept, entry, description):
        del files[name]
        left_out[name] = "no module that is kept mentions it"
    return Choice(files, dict(sorted(left_out.items())))


_NEVER = ignore.parse(NEVER)


def _ignored(path: Path) -> tuple[Pattern, ...]:
    if not path.is_file():
        return ()
    return ignore.parse(b"".join(pieces(path)).decode("utf-8", "replace"))


def _why(pattern: Pattern | None) -> str:
    """Say why a pattern leaves something out; nothing where it does not."""
    if pattern is None or pattern.keeps:
        return ""
    return "never needed" if pattern in _NEVER else f"{pattern.text} in {IGNORE_FILE}"


def _needed(
    files: Mapping[str, Path], kept: Iterable[str], entry: str, description: str
) -> set[str]:
    """Return all files but the modules that nothing mentions."""
    modules = {name for name in files if name.endswith(".py")}
    by_word: dict[str, set[str]] = {}
    for name in modules.difference(kept):
        word = name.partition("/")[0].removesuffix(".py")
        if word.isidentifier():  # else it is not imported, but run or read in some other way
            by_word.setdefault(word, set()).add(name)
    unmentioned = {name for names in by_word.values() for name in names}
    first = entry.partition(":")[0].partition(".")[0]
    is_there = any(name.partition("/")[0].removesuffix(".py") == first for name in modules)
    size = sum(files[name].stat().st_size for name in modules)
    if not unmentioned or not is_there or size > MAX_SCANNED:
        return set(files)
    waiting = modules - unmentioned
    text = description
    while True:
        for match in _WORD.finditer(text):
            waiting |= by_word.pop(match[0], set())
        if not waiting or not by_word:
            return set(files).difference(*by_word.values())
        text = b"".join(pieces(files[waiting.pop()])).decode("utf-8", "replace")
