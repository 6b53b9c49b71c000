"""`metadata`: what the platforms read of a submission.

What fails on one platform alone is a warning: which one it is for is not known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .case import MOST, Case
from .rule import Found, rule

_NAME = "metadata"


def _at(case: Case, message: str, key: str = "", name: str = _NAME) -> Found:
    """Return what was found at a key of `metadata`, by the first line that begins with it."""
    for number, line in enumerate(case.text(name).splitlines(), start=1):
        if key and line.startswith(key):
            return Found(case.root + name, message, number, 1)
    return Found(case.root + name, message, 1, 1)


@rule("M301", "warning")
def metadata_yaml(case: Case) -> Iterator[Found]:
    """A `metadata.yaml` without a `metadata`.

    Codabench reads it, CodaLab 1.5 does not see it: there the zip counts as results, not as code.

    Mend: Name it `metadata`, which both read.
    """
    if case.has("metadata.yaml") and not case.has(_NAME):
        yield _at(case, "CodaLab 1.5 does not see this file", name="metadata.yaml")


@rule("M302", "error")
def broken_metadata(case: Case) -> Iterator[Found]:
    """A `metadata` that is no YAML, or holds no mapping.

    CodaLab 1.5 fails on it; Codabench goes on as if it had no command.

    Mend: Write `description: …`, and `command: …` only where the submission is a script.
    """
    if case.metadata_fault is not None:
        yield case.metadata_fault
    command = case.metadata.get("command")
    if command is not None and not case.commands:
        yield _at(case, "command: expected text, or a list of texts", "command")


@rule("M303", "warning")
def key_as_address(case: Case) -> Iterator[Found]:
    """A key of `metadata` other than `command` and `description` that holds text.

    CodaLab 1.5 takes it for an address to fetch: it tries three times, then lays an empty folder of
    that name beside the code. Codabench ignores it.

    Mend: Remove the line, or move it into the description or a comment.
    """
    for key, value in list(case.metadata.items())[:MOST]:
        if key not in ("command", "description") and isinstance(value, str):
            yield _at(case, f"{key}: CodaLab 1.5 fetches this as an address", str(key))


@rule("M304", "note")
def carriage_returns(case: Case) -> Iterator[Found]:
    """A `metadata` with lines that end as on Windows.

    Both platforms read it as YAML and do not mind; what reads it line by line keeps a `\\r` at the
    end of the command.

    Mend: Save it with LF line ends.
    """
    if case.has(_NAME) and b"\r" in case.tree.read(case.root + _NAME, 100_000):
        yield _at(case, "has lines that end in CR LF")


@rule("M305", "warning")
def odd_words(case: Case) -> Iterator[Found]:
    """A command with two blanks in a row, or with quotes.

    CodaLab 1.5 splits at every single blank and knows no quotes: two blanks give an empty word, and
    quotes become part of the name. Codabench splits as a shell does.

    Mend: Put one blank between words, use no quotes, and no file names with blanks.
    """
    for command in case.commands:
        if "  " in command or command != command.strip():
            yield _at(case, "command: two blanks give an empty word", "command")
        if '"' in command or "'" in command:
            yield _at(case, "command: quotes become part of the word", "command")


@rule("M306", "warning")
def input_on_codabench(case: Case) -> Iterator[Found]:
    """A command with `$input`.

    It is the form of the CodaLab 1.5 competition. Codabench puts `/app/input` there, which does not
    exist where a submission runs its own command: the program fails.

    Mend: For Codabench give an entry in submission.yaml and no command, to run under the
    organiser's ingestion program.
    """
    if case.rules.platform == "codalab":
        return
    if any("$input" in command for command in case.commands):
        yield _at(case, "command: $input leads nowhere on Codabench", "command")


@rule("M307", "error")
def no_script(case: Case) -> Iterator[Found]:
    """A command whose script is not in the submission.

    The program ends at once, on both platforms.

    Mend: Correct the name after `$program/`, or add the file at the top.
    """
    for command in case.commands:
        for word in command.replace('"', "").replace("'", "").split():
            inside = word.removeprefix("$program/")
            if inside != word and "$" not in inside and not case.has(inside) and "." in inside:
                yield _at(case, f"command: there is no {inside}", "command")


@rule("M308", "warning")
def working_folder(case: Case) -> Iterator[Found]:
    """A command that names a script without `$program/`.

    Codabench starts in the program's folder; CodaLab 1.5 starts in the folder above, and does not
    find it.

    Mend: Write `$program/` in front.
    """
    for command in case.commands:
        for word in command.split():
            if word.endswith(".py") and not word.startswith(("$", "/", '"', "'")):
                yield _at(case, f"command: {word} is looked for in the working folder", "command")


@rule("M309", "warning", packing_mends=True)
def no_metadata(case: Case) -> Iterator[Found]:
    """A zip without `metadata`.

    CodaLab 1.5 tells code from results by that file: without it nothing is run. Codabench leaves
    such a zip to the organiser's ingestion program.

    Mend: Add a file `metadata` with one line, `description: …`; `subkit pack` does.
    """
    if case.tree.is_zip and not (case.has(_NAME) or case.has("metadata.yaml") or case.tree.broken):
        yield Found("", "has no metadata: CodaLab 1.5 takes it for results")


@rule("M310", "error")
def writes_metadata(case: Case) -> Iterator[Found]:
    """A script that writes a file `metadata`.

    The name is the platform's: CodaLab 1.5 appends to it, and on Codabench a `metadata` in the
    output makes the run fail.

    Mend: Choose another name.
    """
    if not case.commands:
        return
    for source in case.sources:
        for call in source.calls:
            mode = call.argument(1, "mode")
            writes = isinstance(mode, ast.Constant) and "w" in str(mode.value)
            if call.name not in ("open", "io.open") or not writes or not call.node.args:
                continue
            target = call.node.args[0]
            texts = [
                item.value
                for item in ast.walk(target)
                if isinstance(item, ast.Constant) and isinstance(item.value, str)
            ]
            if texts and texts[-1].rpartition("/")[2] == _NAME:
                yield source.at(call.node, "writes a file named metadata")
