"""What each layer of isolation costs: in the start of a trial, and while one runs.

    python benchmarks/layers.py [--trials N] [--seconds S]

A submission that does nothing, N trials a layer in turns; then a busy one for S seconds a layer,
with the CPU time that its supervisor takes. Layers that this machine lacks are named with the
reason.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from trials import LAYERS, describe, small_instance, way

from evaluator.isolation import Isolation
from evaluator.isolation.linux import guarded
from evaluator.limits import Limits
from evaluator.plan import Plan
from evaluator.supervisor_process import SupervisorProcess
from evaluator.trial import run_trial
from submission_kit.submission import Submission, open_submission
from submission_kit.yamlfile import Duration

NOTHING = """\
def train(images, labels):
    return lambda images: [0] * len(images)
"""

BUSY = """\
import time

def train(images, labels, *, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(10_000))
    return lambda images: [0] * len(images)
"""


class Clock:
    """Notes when the child was up."""

    ready = 0.0

    def trial_moved(self, seed: int, kind: str, what: Mapping[str, Any]) -> None:
        """See the trial move."""
        if kind == "phase" and what["phase"] == "load":
            self.ready = time.monotonic()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    ways: dict[str, Isolation] = {}
    for name in LAYERS:
        found = way(name)
        if isinstance(found, Isolation):
            ways[name] = found
        else:
            print(f"not here: {name}: {found}")
    print(describe(f"medians of {arguments.trials} trials in turns"))
    with tempfile.TemporaryDirectory() as folder, guarded():
        nothing = _submission(Path(folder, "nothing"), NOTHING)
        starts: dict[str, list[float]] = {name: [] for name in ways}
        wholes: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(arguments.trials):
            for name, isolation in ways.items():
                start, whole = _time(nothing, isolation)
                starts[name].append(start)
                wholes[name].append(whole)
        busy = _submission(Path(folder, "busy"), BUSY, f"{{seconds: {arguments.seconds}}}")
        print("layer       until the child is up   whole trial   supervisor, of one core")
        for name, isolation in ways.items():
            start, whole = statistics.median(starts[name]), statistics.median(wholes[name])
            share = _supervisor_share(busy, isolation, arguments.seconds)
            print(f"{name:12}{start:14.3f} s{whole:17.3f} s{share:18.2%}")


def _time(submission: Submission, isolation: Isolation) -> tuple[float, float]:
    """Return the seconds until the child is up, and those of the whole trial.

    The supervisor is up before, as in a run.
    """
    clock, supervisor = Clock(), SupervisorProcess(isolation)
    time.sleep(0.3)
    started = time.monotonic()
    plan = _plan(isolation)
    outcome = run_trial(submission, small_instance(), plan, clock, supervisor)
    assert outcome.verdict.name == "ok", outcome.verdict
    return clock.ready - started, time.monotonic() - started


def _supervisor_share(submission: Submission, isolation: Isolation, seconds: float) -> float:
    supervisor = SupervisorProcess(isolation)
    process = psutil.Process(supervisor.process.pid)
    arguments = (submission, small_instance(), _plan(isolation), None, supervisor)
    trial = threading.Thread(target=run_trial, args=arguments)
    trial.start()
    time.sleep(1.5)
    before, started = process.cpu_times(), time.monotonic()
    time.sleep(seconds - 2.5)
    after, wall = process.cpu_times(), time.monotonic() - started
    trial.join()
    return (after.user + after.system - before.user - before.system) / wall


def _plan(isolation: Isolation) -> Plan:
    return Plan(Limits(wall=Duration(300.0)), 300.0, 300.0, False, isolation=isolation)


def _submission(folder: Path, code: str, params: str = "{}") -> Submission:
    folder.mkdir()
    (folder / "submission.py").write_text(code)
    (folder / "submission.yaml").write_text(f"entry: submission:train\nparams: {params}\n")
    return open_submission(folder)


if __name__ == "__main__":
    main()
