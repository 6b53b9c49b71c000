"""`subkit doctor`, as people type it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from evaluator.doctor import examine
from evaluator.installed import version
from submission_kit.cli import run as run_command

COMMAND = [sys.executable, "-c", "from submission_kit.cli import main; main()", "doctor"]


@pytest.fixture
def quick(tmp_path: Path) -> dict[str, str]:
    """An environment where PyTorch is imported at once, for a stand-in is found before it."""
    for name in ("torch", "torchvision"):
        (tmp_path / "fake" / name).mkdir(parents=True)
        (tmp_path / "fake" / name / "__init__.py").touch()
    environment = {k: v for k, v in os.environ.items() if k not in ("SUBKIT_DATA", "NO_COLOR")}
    old = environment.get("PYTHONPATH")
    folders = [str(tmp_path / "fake"), *([old] if old else [])]
    return environment | {
        "PYTHONPATH": os.pathsep.join(folders),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }


def test_a_readable_report(tmp_path: Path) -> None:
    """With the real PyTorch, where it is installed."""
    done = subprocess.run(COMMAND, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stderr == ""
    assert "\x1b" not in done.stdout  # colours are for terminals
    lines = done.stdout.splitlines()
    headings = [line for line in lines[:-1] if not line.startswith(" ")]
    assert headings == ["software", "isolation", "machine", "data"]
    assert lines[-1].startswith("strict isolation ")
    count = sum(line.startswith("  warn ") for line in lines)
    assert not count or f"{count} warning{'s' * (count > 1)}" in lines[-1]
    assert done.returncode == (3 if "  fail " in done.stdout else 0)
    if version("torch") is not None:
        (torch,) = (line for line in lines if line[8:].startswith("torch "))
        assert torch.startswith("  ok ") or "more than 10 s" in torch
        assert any(line[8:].startswith("torchvision ") for line in lines)


def test_json_holds_what_python_says(quick: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mnist" / "train").mkdir(parents=True)
    done = subprocess.run(
        [*COMMAND, "--json", "--data", str(tmp_path / "mnist")],
        capture_output=True,
        text=True,
        env=quick,
        timeout=60,
    )
    value = json.loads(done.stdout)
    assert (value["schema"], value["kind"]) == (1, "doctor")
    assert value["machine"]["cores"] >= 1
    assert value["summary"].startswith("strict isolation ")
    findings = {finding["name"]: finding for finding in value["findings"]}
    assert list(findings) == [finding.name for finding in examine(patience=0)]
    assert set(findings["Python"]) == {"theme", "name", "status", "found", "mend"}
    assert findings["mnist"]["found"] == f"{tmp_path / 'mnist'}, by --data, for mnist-100"


@pytest.mark.parametrize("colours", [True, False])
def test_colours_are_for_terminals_that_want_them(quick: dict[str, str], colours: bool) -> None:
    ours, theirs = pty.openpty()
    environment = quick | {"TERM": "xterm"} | ({} if colours else {"NO_COLOR": "1"})
    process = subprocess.Popen(COMMAND, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 65536):
            seen += part
    except OSError:  # the terminal is closed
        pass
    os.close(ours)
    assert process.wait(timeout=10) in (0, 3)
    assert (b"\x1b[32mok" in seen) == colours
    assert b"strict isolation" in seen


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_exit_code_of_a_machine_that_cannot_score(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    use: None,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert run_command(["doctor", *arguments]) == 3
    said = capsys.readouterr().out
    if arguments:
        failed = [f["name"] for f in json.loads(said)["findings"] if f["status"] == "fail"]
        assert "temporary folder" in failed
    else:
        assert "  fail  temporary folder  none can be written\n" in said
        assert "mend: Free space, or set TMPDIR to a folder on a disk with room.\n" in said


@pytest.fixture
def use(quick: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the quick environment for this process."""
    monkeypatch.setenv("PYTHONPATH", quick["PYTHONPATH"])
