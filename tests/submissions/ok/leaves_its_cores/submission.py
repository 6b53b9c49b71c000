"""Chooses all cores where it was given one."""

import os
import subprocess
import sys

CHILD = "import os; os.sched_setaffinity(0, range(1024)); print(len(os.sched_getaffinity(0)))"


def train(images, labels, *, cores):
    before = len(os.sched_getaffinity(0))
    os.environ["CUDA_VISIBLE_DEVICES"] = "0"
    os.environ["OMP_NUM_THREADS"] = str(cores)
    os.sched_setaffinity(0, range(1024))
    own = len(os.sched_getaffinity(0))
    others = int(subprocess.check_output([sys.executable, "-c", CHILD]))
    if before == 1 and max(own, others) > 1:
        raise RuntimeError(f"found {own} cores, and {others} for a child")
    return lambda images: [0] * len(images)
