"""Determinism: do the same images, labels and seed give the same predictions again?"""

from __future__ import annotations

from .agreement import Agreement
from .finding import Finding, percent

QUESTION = "determinism"


def judge(agreement: Agreement, accuracies: tuple[float, float]) -> Finding:
    """Judge how the predictions of two trials that were given the same agree.

    No rule asks for it, so the worst is `warn`: nobody can tell the score from a luckier one.
    """
    numbers = agreement.numbers | {"accuracies": list(accuracies)}
    equal, images = agreement.images - agreement.moved, agreement.images
    both = " and ".join(map(percent, accuracies))
    if agreement.same:
        says = f"it repeats: {equal} of {images} predictions are the same, accuracies {both}"
        return Finding(QUESTION, "ok", says, numbers)
    says = f"it does not repeat: {agreement.moved_in_words} change with the same seed, "
    says += f"accuracies {both}"
    return Finding(QUESTION, "warn", says, numbers)
