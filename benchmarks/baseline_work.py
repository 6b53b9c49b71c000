"""Floating-point work of a submission, and this machine's peak; each in a process of its own.

The work is counted by torch's FlopCounterMode: matrix products and convolutions, forward and
backward, two operations for a multiplication and an addition. A submission that iterates (it has
the param `epochs` or `steps`) is run for 2 and for 4 of them, and the rest is a straight line; any
other is run whole. The images are noise: what is counted does not depend on them.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from submission_kit import contract, torchvision_guard
from submission_kit.submission import Submission

ITERATED = ("epochs", "steps")
"""Params that say how often a submission iterates."""

FEW = (2, 4)
CLASSES, TRAIN, TEST = 10, 100, 2000
"""Of the shipped tracks; `digits-100` tests on fewer."""

SIDE = 2048
"""Rows and columns of the matrices of the peak."""


def measure_work(submission: Submission) -> dict[str, float]:
    """Return floating-point operations of one trial: `start`, and for `each` iteration.

    `each` is 0 where nothing iterates; nothing at all is counted where torch does no such work.
    """
    name = next((name for name in ITERATED if name in submission.params), None)
    if name is None:
        return {"start": _count(submission), "each": 0.0}
    low, high = (_count(submission.with_params({name: steps})) for steps in FEW)
    each = (high - low) / (FEW[1] - FEW[0])
    return {"start": low - each * FEW[0], "each": each}


def measure_peak(threads: int) -> float:
    """Return the operations a second of one core, in float32, with all `threads` busy."""
    return _in_a_process(["peak"], threads) / threads


def _count(submission: Submission) -> float:
    with tempfile.TemporaryDirectory() as folder:
        submission.lay_out(Path(folder))
        settings = json.dumps(dict(submission.params))
        return _in_a_process(["count", folder, submission.entry, settings], threads=1)


def _in_a_process(arguments: list[str], threads: int) -> float:
    counts = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, **counts, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return float(done.stdout.splitlines()[-1])


def count(folder: str, entry: str, params: dict[str, Any]) -> float:
    """Train and predict under the counter, in this process."""
    from torch.utils.flop_counter import FlopCounterMode

    torchvision_guard.install()
    noise = np.random.default_rng(0)
    images = noise.integers(0, 256, (TRAIN, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(TRAIN, dtype=np.int64) % CLASSES
    concurrent.futures.ThreadPoolExecutor = AtOnce  # type: ignore[misc, assignment]
    learner = contract.load(Path(folder), entry, params)
    with FlopCounterMode(display=False) as training:
        predict = learner.train(images, labels, {"seed": 1, "threads": 1, "deadline": None})
    with FlopCounterMode(display=False) as predicting:
        predict(images)
    return float(training.get_total_flops() + predicting.get_total_flops() * TEST / TRAIN)


class AtOnce(concurrent.futures.Executor):
    """Does in the caller's thread what is submitted: the counter sees no other."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[Any]:
        """Return when the work is done."""
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        future.set_result(work(*args, **kwargs))
        return future


def peak() -> float:
    """Return the operations a second of the fastest of some matrix products."""
    import time

    import torch

    left, right = torch.rand(2, SIDE, SIDE)
    seconds = []
    for _ in range(12):
        started = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - started)
    return float(2 * SIDE**3 / min(seconds))


if __name__ == "__main__":
    if sys.argv[1] == "peak":
        print(peak())
    else:
        print(count(sys.argv[2], sys.argv[3], json.loads(sys.argv[4])))
