"""The script form: a submission's own commands, run in the child on folders of images.

    run/                             the current folder, as CodaLab 1.5 has it
      program                        $program: the submission's folder
      input/train/<label>/00000.png  $input: the training images; sorted folders are labels 0..K-1
      input/test/images/00000.png    the test images, in an order that tells nothing
      output/answer_test.txt         $output: to be written, one label a line, in that order
      temp/, shared/                 $tmp, $shared: empty

A script trains and predicts in one go, so it is run where predictions are asked, once for each
call, and all its time counts as predict. Commands come one after the other, up to the first that
fails. They are split at single blanks, without regard to quotes, as CodaLab does it.

Of the later variant, several instances in one process, a script is told by its code, which writes
`answer_test_…` and nowhere `answer_test.txt`: it finds `train_1` to `train_5` and `test_1` to
`test_5` too, all the same instance, and its `answer_test_1.txt` counts.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from . import torchvision_guard
from .arrays import Images, Labels
from .contract import ContractError, InvalidOutput, Learner, Predict

ANSWER = "answer_test.txt"
INSTANCES = 5
"""How many instances the later variant has in one process."""

LINE_BOUND = 64
"""Bytes that each line of an answer may have, on average."""

TAIL = 4096
"""Bytes kept of the end of what a command writes to standard error, for the reason it failed."""

LATE_OUTPUT = 0.5
"""Seconds for that end, where something that the command left behind holds it open."""

_PYTHON = re.compile(r"python(3(\.\d+)?)?")
_LABEL = re.compile(r"-?[0-9]{1,18}")
_OUT_OF_MEMORY = re.compile(r"[\w.]*MemoryError\b")


def learner(program: Path, commands: Sequence[str], classes: int) -> Learner:
    """Return what runs the commands of the submission in a folder."""
    numbered = is_numbered(program)

    def train(images: Images, labels: Labels, offered: Mapping[str, Any]) -> Predict:
        def predict(batch: Images) -> Labels:
            run = Path(tempfile.mkdtemp(prefix="run-"))
            lay_out(run, program, (images, labels), batch, classes, numbered)
            environment = _environment(run)
            for command in commands:
                _run(command, run, environment)
            name = ANSWER.replace(".", "_1.") if numbered else ANSWER
            return read_answer(run / "output" / name, len(batch), classes)

        return predict

    said = f"commands ({len(commands)})" if len(commands) > 1 else "command"
    form = f"{said} on folders of images, timed as predict: {'; '.join(commands)}"
    if numbered:
        form = f"the same instance {INSTANCES} times, the first counts: {form}"
    return Learner(form, train)


def is_numbered(program: Path) -> bool:
    """Whether a script expects several instances, by the answers that its code names."""
    code = b"".join(path.read_bytes() for path in program.rglob("*.py") if path.is_file())
    return b"answer_test_" in code and ANSWER.encode() not in code


def lay_out(
    run: Path,
    program: Path,
    train: tuple[Images, Labels],
    test_images: Images,
    classes: int,
    numbered: bool = False,
) -> None:
    """Lay out what a script finds in an empty folder, see above.

    train: images uint8 [N, H, W, C], labels int64 [N]; test_images: uint8 [M, H, W, C].
    numbered: also as several instances.
    """
    for name in ("output", "temp", "shared"):
        (run / name).mkdir()
    _link(program, run / "program")
    source = run / "input"
    images, labels = train
    width = len(str(classes - 1))  # so that names are in the order of their numbers
    for label in range(classes):
        _write_images(source / "train" / f"{label:0{width}}", images[labels == label])
    _write_images(source / "test" / "images", test_images)
    for number in range(1, INSTANCES + 1) if numbered else ():
        for name in ("train", "test"):
            _link(source / name, source / f"{name}_{number}")


def read_answer(path: Path, count: int, classes: int) -> Labels:
    """Read a script's answer: `count` lines, with a label each; returns int64 [count].

    Blanks at the ends of lines, CRLF and a last line's end are taken or left.

    Raises:
        InvalidOutput: it is anything else; says in which line.
    """
    expected = f"expected {count} lines, on each a label in 0..{classes - 1}"
    lines = _content(path, count * LINE_BOUND, expected).decode("utf-8", "replace").split("\n")
    lines = [line.rstrip(" \t\r") for line in lines]
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        if not _LABEL.fullmatch(line):
            what = f"{line[:40]!r} is no integer"
        elif not 0 <= int(line) < classes:
            what = f"label {line}"
        else:
            continue
        raise InvalidOutput(f"{path.name}:{number}: {what}; {expected}")
    if len(lines) != count:
        raise InvalidOutput(f"{path.name}: {len(lines)} lines for {count} images; {expected}")
    return np.array(lines, np.int64)


def _content(path: Path, most: int, expected: str) -> bytes:
    """Read a regular file of bounded size: opened without waiting for it, nor following a link."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - it takes no flags
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InvalidOutput(f"{path.name} is no regular file; {expected}")
            data = file.read(most + 1)
    except OSError as error:
        if path.is_symlink():
            raise InvalidOutput(f"{path.name} is a link; {expected}") from error
        folder = path.parent
        there = sorted(found.name for found in folder.iterdir())[:5] if folder.is_dir() else []
        held = f"$output holds {', '.join(map(repr, there))}" if there else "$output is empty"
        raise InvalidOutput(f"the commands left no {path.name}: {held}; {expected}") from error
    if len(data) > most:
        raise InvalidOutput(f"{path.name} holds more than {most} bytes; {expected}")
    return data


def _write_images(folder: Path, images: Images) -> None:
    """Write images without loss, under names in their order."""
    from PIL import Image  # slow to import, and no other form needs it

    folder.mkdir(parents=True)
    width = max(5, len(str(len(images))))
    for number, image in enumerate(images):
        picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
        picture.save(folder / f"{number:0{width}}.png", compress_level=1)


def _link(target: Path, place: Path) -> None:
    try:
        place.symlink_to(target, target_is_directory=True)
    except OSError:  # not everybody may on Windows
        shutil.copytree(target, place)


def _environment(run: Path) -> dict[str, str]:
    """Return the commands' environment: ours, with the guard that our own imports have."""
    site = run / "temp" / "site"
    site.mkdir()
    guard = Path(torchvision_guard.__file__).read_text(encoding="utf-8")
    (site / "sitecustomize.py").write_text(f"{guard}\n\ninstall()\n", encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(site), *([before] if before else [])])}


def _words(command: str, run: Path) -> list[str]:
    """Return the words of a command, with CodaLab's variables replaced, in its order."""
    for name, place in (
        ("$program", "program"),
        ("$predictions", "input/res"),
        ("$input", "input"),
        ("$output", "output"),
        ("$tmp", "temp"),
        ("$shared", "shared"),
    ):
        command = command.replace(name, f"{run}/{place}")
    first, *others = command.replace("\\", os.sep).split(" ")
    return [sys.executable if _PYTHON.fullmatch(first) else first, *others]


def _run(command: str, run: Path, environment: Mapping[str, str]) -> None:
    """Run a command to its end.

    Raises:
        ContractError: it cannot be started, or left with another status than 0.
        MemoryError: it said that it ran out of memory.
    """
    try:
        process = subprocess.Popen(
            _words(command, run),
            cwd=run,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ContractError(f"`{command}` cannot be started: {why}") from error
    assert process.stderr is not None
    tail = bytearray()
    copier = threading.Thread(target=_copy, args=(process.stderr, tail), daemon=True)
    copier.start()
    status = process.wait()
    copier.join(LATE_OUTPUT)
    if status == 0:
        return
    if status < 0:
        _end_likewise(-status)
    lines = tail.decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    reason = f"`{command}` left with status {status}{': ' if last else ''}{last[:300]}"
    if _OUT_OF_MEMORY.match(last):
        raise MemoryError(reason)
    raise ContractError(reason)


def _copy(source: IO[bytes], tail: bytearray) -> None:
    """Copy a command's standard error to ours, which is the log, and keep its end."""
    with contextlib.suppress(OSError), source:
        while piece := source.read(1 << 16):
            tail += piece
            del tail[:-TAIL]
            os.write(2, piece)


def _end_likewise(number: int) -> None:
    """End this process by the signal that ended a command: the harness says what that means."""
    with contextlib.suppress(OSError, ValueError):  # some cannot be set
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
