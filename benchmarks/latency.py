"""From the limit to the last process gone, over many kills.

    python benchmarks/latency.py [--kills N] [--isolation auto|none]

Each trial has a limit of one second and does not heed it: its child computes, three of its own run
in sessions of their own with every signal blocked, and a daemon has let go of all of them. The end
of each process is told by the kernel (a pidfd), the limit is counted from the moment the evaluator
hears that the clock runs.
"""

from __future__ import annotations

import argparse
import os
import select
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from trials import describe, small_instance

from evaluator.isolation import Isolation
from evaluator.isolation.choose import choose
from evaluator.isolation.linux import guarded
from evaluator.limits import Limits
from evaluator.plan import Plan
from evaluator.supervisor_process import SupervisorProcess
from evaluator.trial import run_trial
from submission_kit.submission import Submission, open_submission
from submission_kit.yamlfile import Duration

LIMIT = 1.0
MEMBERS = 5
"""Processes of the submission: the child, its three, and the daemon."""

CODE = """\
import os, signal, time

def stubborn():
    os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    time.sleep(60)

def train(images, labels):
    for _ in range(3):
        if os.fork() == 0:
            stubborn()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            stubborn()
        os._exit(0)
    while True:
        sum(range(10_000))
"""


class Watch:
    """Watches one trial's processes from outside."""

    def __init__(self, supervisor: int) -> None:
        self._supervisor = psutil.Process(supervisor)
        self.ready = self.gone = 0.0
        self._thread = threading.Thread(target=self._look)

    def trial_moved(self, seed: int, kind: str, what: Mapping[str, Any]) -> None:
        """See the trial move."""
        if kind == "phase" and what["phase"] == "load":
            self.ready = time.monotonic()
            self._thread.start()

    def wait(self) -> float:
        """Return the seconds from the limit to the last process gone."""
        self._thread.join()
        return self.gone - self.ready - LIMIT

    def _look(self) -> None:
        time.sleep(0.7 * LIMIT)
        tree = self._supervisor.children(recursive=True)
        assert len(tree) >= MEMBERS, tree
        poll = select.poll()
        for process in tree:
            poll.register(os.pidfd_open(process.pid), select.POLLIN)
        left = len(tree)
        while left:
            for descriptor, _ in poll.poll():
                self.gone = time.monotonic()
                poll.unregister(descriptor)
                os.close(descriptor)
                left -= 1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--isolation", choices=["auto", "none"], default="auto")
    arguments = parser.parse_args()
    isolation = choose(arguments.isolation)
    words = ", ".join(word for word in (isolation.files, isolation.groups and "groups") if word)
    print(describe(f"{arguments.kills} kills, isolation: {words or 'none'}"))
    with tempfile.TemporaryDirectory() as folder, guarded():
        Path(folder, "submission.py").write_text(CODE)
        Path(folder, "submission.yaml").write_text("entry: submission:train\n")
        submission = open_submission(Path(folder))
        late = sorted(1000 * _kill(submission, isolation) for _ in range(arguments.kills))
    print("milliseconds from the limit to the last process gone:")
    quantiles = statistics.quantiles(late, n=20, method="inclusive")
    print(f"  least {late[0]:.0f}, median {statistics.median(late):.0f}, "
          f"95 % below {quantiles[-1]:.0f}, most {late[-1]:.0f}")  # fmt: skip


def _kill(submission: Submission, isolation: Isolation) -> float:
    supervisor = SupervisorProcess(isolation)
    watch = Watch(supervisor.process.pid)
    plan = Plan(Limits(wall=Duration(LIMIT)), LIMIT, LIMIT, False, isolation=isolation)
    outcome = run_trial(submission, small_instance(), plan, watch, supervisor)
    assert outcome.verdict.name == "timeout", outcome.verdict
    return watch.wait()


if __name__ == "__main__":
    main()
