"""Bundles: a submission packed for upload, as a flat zip that is the same on every machine.

    submission.yaml, code, data      what a trial sees, byte by byte, see `choice`
    manifest.json                    what the bundle holds and was made for, see `manifest`
    metadata                         what CodaLab and Codabench look for
    submission_kit/…                 the hooks, where the code mentions them, so that they import
    main.py, submission_kit/…        in the script form: what a server runs, see `script`; none
                                     where the submission is a script itself

The native form runs under a program of the organiser's, which imports the entry. The script form
runs by itself, by the command in `metadata`, with Python, numpy, Pillow and nothing of ours.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from .archive import MAX_SIZE, pieces, require_safe_names, write
from .choice import MANIFEST
from .errors import ConfigError, SubmissionError
from .manifest import Form, Manifest, Origin, Platform, Target, describe, versions
from .quantities import format_size
from .submission import Submission
from .verify import verify

HOOKS = ("__init__", "hooks")
"""Modules of this package that a submission may import."""

RUNTIME = (*HOOKS, "arrays", "contract", "frames", "plain")
"""Modules that `script` needs; they import the standard library, numpy and each other alone."""

COMMAND = "python3 $program/main.py $input $output"

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Bundle:
    """A bundle that was packed.

    left_out: why each other file of the folder is not in it.
    notes: what the participant should know of it.
    """

    path: Path
    manifest: Manifest
    left_out: Mapping[str, str]
    notes: tuple[str, ...]


def pack(
    submission: Submission,
    out: Path | None,
    track: Target,
    *,
    platform: Platform | None = None,
    form: Form | None = None,
    check: Mapping[str, int] | None = None,
    force: bool = False,
) -> Bundle:
    """Pack a submission.

    out: the bundle, or a folder for it; else it is named for submission and form, and comes to lie
        in the current folder. An earlier bundle of the same submission is replaced, anything else
        only where `force`.
    platform: else both for the native form, and CodaLab for the script form, which runs nowhere
        else.
    form: else script for a submission that is a script, and native for any other.
    check: how many findings the check had, by severity; None where there was no check.

    Raises:
        SubmissionError: the submission is too large, cannot be read, or has names that a zip must
            not hold.
        ConfigError: `out` cannot be written, or is something else's.
    """
    form = form or ("script" if submission.commands else "native")
    if submission.commands and form == "native":
        raise SubmissionError(
            f"{submission.folder}: is a script, which has no native form",
            "Pack it with --form script, or name an entry in submission.yaml.",
        )
    place = Path() if out is None else out
    if place.is_dir():
        place /= f"{submission.name}-{platform or form}.zip"
    _require_free(place, submission.name, force)
    made = _made(submission, form)
    if clash := sorted(made.keys() & submission.files.keys()):
        raise SubmissionError(
            f"{submission.folder}: {clash[0]} is the name of a file that the {form} form adds",
            "Rename it.",
        )
    files: dict[str, Path | bytes] = {**submission.files, **made}
    require_safe_names(submission.folder, [*files, MANIFEST])
    manifest = Manifest(
        submission=Origin(
            name=submission.name,
            team=submission.team,
            description=submission.description,
            entry=submission.entry,
            params=dict(submission.params),
            digest=submission.digest,
        ),
        track=track,
        platform=platform or ("both" if form == "native" else "codalab"),
        form=form,
        check=check,
        versions=versions(),
        files=describe(files, frozenset(made)),
    )
    _write(place, {**files, MANIFEST: manifest.to_json().encode()})
    return Bundle(place, manifest, submission.left_out, tuple(_notes(submission, manifest)))


def _made(submission: Submission, form: Form) -> dict[str, bytes]:
    """Return the files that a bundle holds beside the submission's own, but for the manifest."""
    description = " ".join(submission.description.split()) or submission.name
    generated = form == "script" and not submission.commands
    commands = [COMMAND] if generated else list(submission.commands)
    # One command is a line: lists of them are rare, and other tools may not know them.
    said = {"command": commands[0] if len(commands) == 1 else commands} if commands else {}
    metadata = yaml.safe_dump(
        {**said, "description": description}, allow_unicode=True, width=1 << 20, sort_keys=False
    )
    made = {"metadata": metadata.encode()}
    if generated:
        made["main.py"] = (_PACKAGE / "script.py").read_bytes()
    modules = RUNTIME if generated else HOOKS if _mentions_hooks(submission) else ()
    for name in modules:
        made[f"submission_kit/{name}.py"] = (_PACKAGE / f"{name}.py").read_bytes()
    return made


def _mentions_hooks(submission: Submission) -> bool:
    """Whether the code may import `submission_kit`, and does not bring its own."""
    code = {name: path for name, path in submission.files.items() if name.endswith(".py")}
    if any(name.partition("/")[0].removesuffix(".py") == "submission_kit" for name in code):
        return False
    return any(b"submission_kit" in b"".join(pieces(path)) for path in code.values())


def _notes(submission: Submission, manifest: Manifest) -> list[str]:
    notes = list(submission.notes)
    if manifest.form == "script" and manifest.platform != "codalab":
        notes.append(
            "Codabench cannot run the script form: where it runs a submission's own command, "
            "there is no $input folder. Pack the native form for it."
        )
    return notes


def _require_free(out: Path, name: str, force: bool) -> None:
    if out.suffix.lower() != ".zip":
        raise ConfigError(f"{out}: does not end in .zip", "The platforms take no other name.")
    if force or not os.path.lexists(out):
        return
    manifest = verify(out).manifest
    if manifest is None or manifest.submission.name != name:
        raise ConfigError(
            f"{out}: is there already, and is no bundle of {name}",
            "Name another with -o, or replace it with --force.",
        )


def _write(out: Path, files: Mapping[str, Path | bytes]) -> None:
    """Write the zip, whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    except OSError as error:
        raise ConfigError(f"{out}: cannot be written: {error.strerror}") from error
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file, files)
            file.flush()
            os.fsync(file.fileno())
        size = written.stat().st_size
        if size > MAX_SIZE:
            raise SubmissionError(
                f"{out}: would hold {format_size(size)}, more than {format_size(MAX_SIZE)}",
                "Leave out what the submission does not need.",
            )
        written.chmod(0o644)
        written.replace(out)
    except OSError as error:
        raise ConfigError(f"{out}: cannot be written: {error.strerror}") from error
    finally:
        written.unlink(missing_ok=True)
