"""The entry of a folder whose `submission.yaml` names none, found by custom. In this order:

1. `metadata` with a `command`, the script form of CodaLab's contests, see `commands`;
2. `model.py` with `Model`, `model` or `get_model`, as ChaLearn's contests and Mini-MNIST have it;
3. `submission.py` with `get_model` or `train`, as data camps and our own native form have it.

Names are looked for in the text, at the beginning of a line: no code is parsed or run here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .archive import pieces
from .errors import SubmissionError

METADATA = "metadata"

BY_CUSTOM = (("model", ("Model", "model", "get_model")), ("submission", ("get_model", "train")))
"""Modules, and what in each is taken for the entry; the first that is there."""

FILES = (METADATA, *(f"{module}.py" for module, _ in BY_CUSTOM))

LOOKED_FOR = "; ".join(
    [
        "metadata with a command",
        *(f"{module}.py with {', '.join(names)}" for module, names in BY_CUSTOM),
    ]
)

MAX_METADATA = 65_536
"""Bytes of `metadata`."""

MAX_CODE = 1_000_000
"""Bytes of a module in which a name is looked for."""


@dataclass(frozen=True)
class Found:
    """An entry, and where it was found.

    entry: `module:name`; empty where there are commands.
    commands: of the script form, run in this order.
    note: what was taken for the entry, in words.
    """

    entry: str
    commands: tuple[str, ...]
    note: str

    @property
    def text(self) -> str:
        """What names the submission's files, as `submission.yaml` does."""
        return "\n".join([self.entry, *self.commands])


def discover(folder: Path) -> Found | None:
    """Find the entry that no `submission.yaml` names; None where nothing can be taken for it.

    Raises:
        SubmissionError: `metadata` is there and cannot be read.
    """
    commands = read_commands(folder / METADATA)
    if commands:
        return Found("", commands, "metadata has a command")
    for module, names in BY_CUSTOM:
        text = _text(folder / f"{module}.py", MAX_CODE)
        for name in names:
            if _binds(text, name):
                note = f"{name} in {module}.py is taken for the entry"
                return Found(f"{module}:{name}", (), note)
    return None


def read_commands(path: Path) -> tuple[str, ...]:
    """Return the commands that CodaLab would run by a `metadata` file, without blanks around them.

    None where there is no such file, or no command in it.

    Raises:
        SubmissionError: it is no YAML, or what stands under `command` is no text.
    """
    try:
        held = yaml.safe_load(_text(path, MAX_METADATA))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise SubmissionError(f"{path}{place}: is no YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ArithmeticError, LookupError, TypeError) as error:
        raise SubmissionError(f"{path}: is no YAML: {error}") from None
    except (AttributeError, ValueError) as error:  # of a value that is not of its tag
        raise SubmissionError(f"{path}: a value that YAML cannot read: {error}") from None
    command = held.get("command") if isinstance(held, dict) else None
    listed: list[Any] = command if isinstance(command, list) else [command or ""]
    if not all(isinstance(item, str) for item in listed):
        raise SubmissionError(
            f"{path}: command: expected a line, or a list of lines",
            "Write it as `command: python3 $program/main.py $input $output`.",
        )
    return tuple(stripped for item in listed if (stripped := item.strip()))


def _text(path: Path, most: int) -> str:
    """Return the beginning of a file as text; nothing where there is no file."""
    if not path.is_file():
        return ""
    data = b""
    for piece in pieces(path):
        data += piece
        if len(data) >= most:
            break
    return data[:most].decode("utf-8-sig", "replace")


def _binds(text: str, name: str) -> bool:
    """Whether a line of a module defines a name, assigns to it or imports it."""
    imports = r"from[ \t]+\S+[ \t]+import\b"
    forms = (
        rf"(?:class|def)[ \t]+{name}\b",
        rf"{name}[ \t]*(?:=(?!=)|:)",
        rf"{imports}[^\n]*\b{name}\b",
        rf"{imports}[ \t]*\([^()]{{0,2000}}?\b{name}\b",
    )
    return re.search(rf"^(?:{'|'.join(forms)})", text, re.MULTILINE) is not None
