"""Reads the fixtures in `rules/*.txt`, see the README there."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from tests.checks.built import BUILT, CODE, FILES

FOLDER = Path(__file__).parent / "rules"


def codes() -> set[str]:
    """Return the codes that have fixtures."""
    return set(BUILT) | {path.stem for path in FOLDER.glob("*.txt")}


def make(code: str, which: str, target: Path) -> Path:
    """Write the `bad` or the `good` submission of a code into a folder; return its path."""
    if code in BUILT:
        bad, good = BUILT[code]
        return (bad if which == "bad" else good)(target / "submission")
    text = (FOLDER / f"{code}.txt").read_text()
    _, *parts = re.split(r"(?m)^= (.*)\n", text)
    for head, body in zip(parts[::2], parts[1::2], strict=True):
        kind, *packed = head.split()
        if kind == which:
            return _write(body, packed, target)
    raise AssertionError(f"{code}.txt has no {which}")


def _write(body: str, packed: list[str], target: Path) -> Path:
    files = {name: text for name, text in FILES.items() if packed or name != "metadata"}
    _, *parts = re.split(r"(?m)^== (.*)\n", body)
    own = dict(zip(parts[::2], parts[1::2], strict=True))
    if any("/submission.yaml" in name for name in own):
        files = {}
    for name, text in own.items():
        files[name] = text.replace("\\r", "\r")
        whole = "def train" not in text and "def fit" not in text
        if name == "submission.py" and whole and "entry" not in own.get("submission.yaml", ""):
            files[name] += f"\n\n{CODE}"
    files = {name: text for name, text in files.items() if text.strip() != "-"}
    if packed:
        path = target / (packed[1] if len(packed) > 1 else "bundle.zip")
        with zipfile.ZipFile(path, "w") as file:
            for name, text in files.items():
                file.writestr(name, text)
        return path
    folder = target / "submission"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="")
    return folder
