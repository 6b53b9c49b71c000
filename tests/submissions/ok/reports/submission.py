"""Calls progress and checkpoint, also with nonsense."""

import time

from submission_kit import checkpoint, progress


def train(images, labels, *, seed):
    for step in range(1, 6):
        progress(step, 5, loss=1 / step, nonsense=float("nan"), text="a lot")
        time.sleep(0.03)  # faster reports are dropped
        checkpoint(step, lambda images, step=step: [step] * len(images))
    return lambda images: [0] * len(images)
