"""`subkit init` as people type it: what it writes scores at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from submission_kit.cli import run as run_command

COMMAND = [sys.executable, "-c", "from submission_kit.cli import main; main()"]


def subkit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "SUBKIT_DATA"}
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )


# Of the baselines the one that uses most of what is laid beside it.
@pytest.mark.parametrize("template", ["minimal", "sklearn", "script", "hybrid"])
def test_what_is_written_scores_at_once(template: str, tmp_path: Path) -> None:
    if template == "hybrid":
        pytest.importorskip("torch")
    done = subkit(tmp_path, "init", "mine", "--template", template)
    assert done.returncode == 0, done.stderr
    assert "next: subkit score mine --smoke" in done.stderr
    written = [tmp_path / line for line in done.stdout.splitlines()]
    assert sorted(written) == sorted((tmp_path / "mine").iterdir())
    done = subkit(tmp_path, "score", "mine", "--smoke")
    assert done.returncode == 0, done.stderr
    assert "instance 1: ok" in done.stderr


def test_here_or_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(["init"]) == 0
    assert capsys.readouterr().out.split() == [
        ".subkitignore",
        "README.md",
        "submission.py",
        "submission.yaml",
    ]
    assert run_command(["init"]) == 3
    assert ".: is not empty" in capsys.readouterr().err
    assert run_command(["init", "x", "--template", "other"]) == 2
    assert not (tmp_path / "x").exists()
