"""`subkit check` and `subkit explain`, as people type them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from submission_kit.checks import RULES
from submission_kit.cli import run as run_command
from tests.conftest import SUBMISSIONS

COMMAND = [sys.executable, "-c", "from submission_kit.cli import main; main()"]
NEAREST_MEAN = str(Path(__file__).parents[2] / "examples" / "nearest_mean")
UNKNOWN = str(SUBMISSIONS / "error" / "unknown_param")
TRAIN = "def train(images, labels):\n    return lambda images: [0] * len(images)\n"


def test_nothing_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", NEAREST_MEAN]) == 0
    assert capsys.readouterr().out == f"{NEAREST_MEAN} on digits-100: nothing found\n"


def test_a_line_and_its_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", UNKNOWN]) == 1
    first, mend, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{UNKNOWN}/submission.yaml:2:1 D206 error params: train takes no")
    assert mend.startswith("    mend: ")
    assert last == f"{UNKNOWN} on digits-100: 1 error"


def test_strict(make: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(make(f"import torch\nw = torch.randn(3)\n{TRAIN}"))
    assert run_command(["check", folder]) == 0
    assert run_command(["check", folder, "--strict"]) == 1
    assert "C460 warning" in capsys.readouterr().out


def test_silenced(make: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    code = f"import torch\nw = torch.randn(3)  # subkit: ignore[C460] never used\n{TRAIN}"
    assert run_command(["check", str(make(code)), "--strict"]) == 0
    assert "nothing found" in capsys.readouterr().out


def test_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", UNKNOWN, "--format", "json"]) == 1
    whole = json.loads(capsys.readouterr().out)
    assert (whole["schema"], whole["track"], whole["counts"]["error"]) == (1, "digits-100", 1)
    run_command(["check", UNKNOWN, "--format", "github"])
    assert capsys.readouterr().out.startswith("::error file=")
    run_command(["check", UNKNOWN, "--format", "sarif"])
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"
    run_command(["check", UNKNOWN, "--format", "junit"])
    assert ElementTree.fromstring(capsys.readouterr().out).get("failures") == "1"


def test_the_track(
    make: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one named in submission.yaml, else `--track`; one that there is not is a finding."""
    folder = str(make(f"import torch\n{TRAIN}", "entry: submission:train\ntrack: cifar-10\n"))
    assert run_command(["check", folder]) == 1
    assert "submission.yaml:2:1 D204 error" in capsys.readouterr().out
    own = tmp_path / "own.yaml"
    own.write_text(
        "name: own\ndataset: digits\nphases: {dev: {split: train}}\n"
        "environment: {packages: [numpy]}\n"
    )
    assert run_command(["check", folder, "--track", str(own)]) == 1
    said = capsys.readouterr().out
    assert "C404 error torch is not among the track's packages" in said
    assert "D204" not in said
    assert run_command(["check", folder, "--track", "nowhere"]) == 3


def test_a_zip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("submission.yaml", "entry: submission:train\n")
        file.writestr("submission.py", f"input()\n{TRAIN}")
        file.writestr("metadata", "description: x\n")
    assert run_command(["check", str(path)]) == 1
    assert capsys.readouterr().out.startswith(f"{path}/submission.py:1:1 C450 error")
    assert run_command(["check", str(tmp_path / "nowhere.zip")]) == 1
    assert "does not exist" in capsys.readouterr().err


def test_colours_are_for_terminals() -> None:
    for plain in ("", "1"):
        parent, child = pty.openpty()
        environment = os.environ | {"NO_COLOR": plain, "TERM": "xterm"}
        subprocess.run([*COMMAND, "check", UNKNOWN], stdout=child, env=environment, check=False)
        os.close(child)
        said = os.read(parent, 10_000).decode()
        os.close(parent)
        assert ("\x1b[" in said) is not bool(plain)


def test_running(make: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(make("def train(images, labels):\n    raise ValueError('no idea')\n"))
    assert run_command(["check", folder, "--run"]) == 1
    said = capsys.readouterr().out
    assert f"{folder}/submission.py:2:1 R601 error error in train: ValueError: no idea" in said
    assert run_command(["check", UNKNOWN, "--run"]) == 1
    assert "not run: mend the errors first" in capsys.readouterr().err


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explain", "c420"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("C420 error: device\n\nA GPU is asked for.\n")
    assert "Mend: " in said
    assert run_command(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(RULES)
    assert run_command(["explain", "X999"]) == 2
