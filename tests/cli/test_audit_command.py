"""`subkit audit` and `subkit score --audit`, as people type them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from submission_kit.cli import run as run_command
from tests.conftest import SUBMISSIONS

COMMAND = [sys.executable, "-c", "from submission_kit.cli import main; main()"]
NEAREST_MEAN = str(Path(__file__).parents[2] / "examples" / "nearest_mean")
TRACK = """\
name: small
dataset: digits
phases: {dev: {split: train}, final: {split: test}}
sampling: {test_per_class: 5}
"""


@pytest.fixture
def small(tmp_path: Path) -> list[str]:
    """Options for a small track."""
    (tmp_path / "small.yaml").write_text(TRACK)
    return ["--track", str(tmp_path / "small.yaml")]


def test_a_line_a_question_and_a_file(
    small: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "audit.json"
    assert run_command(["audit", NEAREST_MEAN, *small, "--instance", "2", "--out", str(kept)]) == 0
    said = capsys.readouterr()
    title, *lines = said.out.splitlines()
    assert title == "nearest_mean on small, dev, instance 2: audit"
    assert [line.split()[0] for line in lines] == ["ok"] * 6
    assert "ok      transduction: 50 of 50 predictions are the same" in said.out
    assert "  shuffled labels: ok, " in said.err
    assert "\x1b[" not in said.out + said.err  # colours are for terminals
    assert json.loads(kept.read_text())["instance"]["seed"] == 2


def test_json_and_the_exit_code(
    small: list[str], make: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(
        "def train(images, labels, *, answer):\n"
        "    print('\\x1b[2J')\n"
        "    if answer < 10: raise ValueError('\\x1b[31m red')\n",
        "entry: submission:train\n",
    )
    options = [*small, "-p", "answer=7", "--phase", "final", "--wall", "90 s"]
    assert run_command(["audit", str(folder), *options, "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert (record["schema"], record["kind"], record["phase"]) == (1, "audit", "final")
    assert record["trials"][0]["verdict"]["name"] == "error"
    by_status = {finding["question"]: finding["status"] for finding in record["findings"]}
    assert by_status.pop("near-duplicates") == "ok"
    assert set(by_status.values()) == {"skipped"}
    assert run_command(["audit", str(folder), *options]) == 1
    said = capsys.readouterr().out
    assert "skipped determinism: the trial “as scored”: error in train" in said
    assert "\\x1b[31m red" in said
    assert "\x1b" not in said


def test_a_score_and_its_audit(
    small: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    words = ["score", NEAREST_MEAN, *small, "--instances", "2-3", "--out", str(folder)]
    assert run_command(words) == 0
    plain, run = capsys.readouterr().out, (folder / "run.json").read_text()
    assert not (folder / "audit.json").exists()
    assert run_command([*words, "--audit"]) == 0  # the trials are not run again, the audit is
    assert capsys.readouterr().out.startswith(plain)
    assert (folder / "run.json").read_text() == run
    audit = json.loads((folder / "audit.json").read_text())
    assert audit["instance"]["seed"] == 2
    assert {finding["status"] for finding in audit["findings"]} == {"ok"}
    assert run_command([*words, "--fresh"]) == 0
    assert (folder / "earlier" / "1" / "audit.json").exists()
    assert not (folder / "audit.json").exists()


def test_a_score_with_its_audit_as_json(
    small: list[str], make: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The score is what it is without; the exit code tells that a question is answered badly."""
    folder = make(
        "import numpy as np\n"
        "def train(images, labels):\n"
        "    def predict(images):\n"
        "        bright = images.mean(axis=(1, 2, 3))\n"
        "        return (bright > bright.mean()).astype(int)\n"
        "    return predict\n"
    )
    words = ["score", str(folder), *small, "--instances", "1", "--audit", "--json"]
    assert run_command([*words, "--out", str(folder.parent / "run")]) == 1
    value = json.loads(capsys.readouterr().out)
    assert value["trials"][0]["verdict"]["name"] == "ok"
    found = {finding["question"]: finding["status"] for finding in value["audit"]["findings"]}
    assert found["transduction"] == "fail"


def test_a_file_that_cannot_be_kept_is_refused_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["audit", NEAREST_MEAN, "--out", "nowhere/audit.json"]) == 3
    said = capsys.readouterr().err
    assert "nowhere: is no folder" in said
    assert "as scored" not in said


def test_what_is_not_ok_is_not_audited(
    small: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["score", str(SUBMISSIONS / "error" / "raises_in_train"), *small, "--instances", "1"]
    assert run_command([*words, "--audit", "--out", str(tmp_path / "run")]) == 1
    assert "no audit: instance 1 is not ok" in capsys.readouterr().err
    assert not (tmp_path / "run" / "audit.json").exists()


def test_ctrl_c_ends_an_audit(small: list[str], make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make("import time\ndef train(images, labels):\n    time.sleep(60)\n")
    out = tmp_path / "audit.json"
    words = [*COMMAND, "audit", str(folder), *small, "--out", str(out)]
    process = subprocess.Popen(
        words,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.endswith("interrupted\n")
    assert not out.exists()
    assert not list(tmp_path.glob("subkit-*"))
