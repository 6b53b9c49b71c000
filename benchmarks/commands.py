"""Runs the command as people do, and takes the time of the quickest of several rounds.

Whatever else the machine does can only add to a round. Python keeps what it compiled of our code,
as it does wherever a package is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence


def run(words: Sequence[str]) -> None:
    """Run `subkit` with these words in a new process, from its start to its end."""
    code = "from submission_kit.cli import main; main()"
    nowhere = subprocess.DEVNULL
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code, *words]
    subprocess.run(command, stdout=nowhere, stderr=nowhere, env=environment, check=True)


def smallest(rounds: int, work: Callable[[], object]) -> float:
    """Return the seconds of the quickest round."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)
