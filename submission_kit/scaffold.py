"""New submissions: folders that score at once, written from templates.

A template is a submission itself. What it includes from elsewhere is laid beside its code, and the
line `include` goes: the new folder stands alone. It gets a page to read and an ignore file too.
"""

from __future__ import annotations

import re
from pathlib import Path

from .choice import IGNORE_FILE
from .discovery import METADATA
from .errors import ConfigError
from .submission import FILE_NAME, open_submission

FOLDER = Path(__file__).parent / "templates"

TEMPLATES = {name: FOLDER / name for name in ("minimal", "sklearn", "script")}
"""The templates of this package."""

README = "README.md"
TRACK = "digits-100"
"""The track that needs no images from elsewhere."""

_DROPPED = ("name", "team", "include")
"""Keys that are the template's own."""


def write(folder: Path, template: Path) -> list[str]:
    """Write a new submission into a folder that is empty or not there; return its files' names.

    template: the folder of the submission to start from.

    Raises:
        ConfigError: there is something in the folder already, or it cannot be written.
        SubmissionError: the template is none.
    """
    files = _files(folder.resolve().name, template)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = sorted(path.name for path in folder.iterdir() if path.name != ".git")
        if held:
            raise ConfigError(
                f"{folder}: is not empty, {held[0]} is there",
                "Name a new folder: `subkit init DIR`.",
            )
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written: {error.strerror}") from error
    return sorted(files)


def _files(name: str, template: Path) -> dict[str, bytes]:
    submission = open_submission(template)
    files = {inner: path.read_bytes() for inner, path in submission.files.items()}
    files[FILE_NAME] = _on_its_own(files[FILE_NAME].decode()).encode()
    where = f"The entry is `{submission.entry}`, named in {FILE_NAME}."
    if submission.commands:
        files[METADATA] = (template / METADATA).read_bytes()  # no trial has it: it says what to run
        where = f"What is run is the command in `{METADATA}`."
    page = (FOLDER / README).read_text(encoding="utf-8")
    page = page.format(name=name, description=f"{submission.description}.", where=where)
    return {**files, README: page.encode(), IGNORE_FILE: (FOLDER / "ignore").read_bytes()}


def _on_its_own(text: str) -> str:
    """Drop the template's own keys from its description, and name the track that needs no data."""
    for key in _DROPPED:
        text = re.sub(rf"^{key}:.*\n(?:[ \t-].*\n)*", "", text, flags=re.MULTILINE)
    track = f"track: {TRACK}         # embedded; cifar10-100 is the competition's"
    return re.sub(r"^track: cifar10-100$", track, text, flags=re.MULTILINE)
