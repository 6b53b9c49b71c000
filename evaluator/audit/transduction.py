"""Transduction: do predictions depend on which other images are in the call, or came before?

The contract forbids it. A submission that centres each batch, or learns from the test images that
it has seen, gives other predictions for the same images when they come in other company.
"""

from __future__ import annotations

from itertools import cycle, islice

import numpy as np

from evaluator.plan import BATCH

from .agreement import Agreement
from .finding import Finding

QUESTION = "transduction"

SIZES = (1, 3, 10, 30, 100)
"""Images in a call, over and over. The smaller a call, the more its company tells apart."""

SMALL_CALLS = 50
"""So many calls of SIZES at most, so that a predictor with a high cost a call ends; the rest of
the images come in calls of BATCH."""

Calls = tuple[tuple[int, ...], ...]


def regular_calls(images: int) -> Calls:
    """Return the positions of the test images in each call, as they are scored."""
    return tuple(
        tuple(range(start, min(start + BATCH, images))) for start in range(0, images, BATCH)
    )


def script_calls(images: int, seed: int) -> tuple[Calls, Calls]:
    """Return regular and shuffled calls of the script form: it trains anew in each."""
    order = np.random.default_rng(seed).permutation(images).tolist()
    half = (images + 1) // 2
    return (tuple(range(images)),), (tuple(order[:half]), tuple(order[half:]))


def shuffled_calls(images: int, seed: int) -> Calls:
    """Return the same images in another order and in calls of other sizes."""
    order = np.random.default_rng(seed).permutation(images).tolist()
    calls = []
    for size in islice(cycle(SIZES), SMALL_CALLS):
        calls.append(tuple(order[:size]))
        order = order[size:]
        if not order:
            break
    calls += [tuple(order[i] for i in rest) for rest in regular_calls(len(order))]
    return tuple(calls)


def judge(agreement: Agreement, calls: Calls) -> Finding:
    """Judge how predictions of the regular calls and of the shuffled ones agree.

    agreement: of one training, or of two that repeat.
    calls: the shuffled ones.
    """
    sizes = sorted(map(len, calls))
    numbers = agreement.numbers | {"calls": len(calls), "sizes": [sizes[0], sizes[-1]]}
    images = agreement.images
    if agreement.same:
        says = f"{images - agreement.moved} of {images} predictions are the same in another "
        says += f"order and {len(calls)} calls of {sizes[0]} to {sizes[-1]} images"
        return Finding(QUESTION, "ok", says, numbers)
    says = f"{agreement.moved_in_words} change where the same images are asked in other calls: "
    says += "predictions may not depend on the call"
    return Finding(QUESTION, "warn" if agreement.slight else "fail", says, numbers)
