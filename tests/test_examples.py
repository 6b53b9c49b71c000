"""The examples run, and say what they say they do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_score_from_python() -> None:
    script = [sys.executable, str(EXAMPLES / "score_from_python.py")]
    said = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    lines = said.splitlines()
    assert [line.split(",")[0] for line in lines[:5]] == [f"instance {i}: ok" for i in range(1, 6)]
    score = re.fullmatch(r"score (\d+\.\d+)%", lines[5])
    assert score
    assert float(score[1]) > 70  # chance is 10


def test_first_submission(tmp_path: Path) -> None:
    """Run every command of the walk, in its order, and find there what it prints here."""
    page = (EXAMPLES / "first_submission" / "README.md").read_text()
    blocks = re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    steps = [step.splitlines() for block in blocks for step in re.split(r"^\$ ", block, flags=re.M)]
    steps = [step for step in steps if step]
    assert len(steps) == 8
    environment = os.environ | {"COLUMNS": "120"}
    for command, *expected in steps:
        program, *arguments = command.split()
        assert program == "subkit"
        code = "from submission_kit.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        lines = ["(?s:.*)" if line == "…" else re.escape(line) for line in expected]
        assert re.fullmatch("\n".join(lines), done.stdout.rstrip()), command
