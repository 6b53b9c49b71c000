"""The examples run, and say what they say they do."""

from __future__ import annotations

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
