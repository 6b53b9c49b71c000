"""Seed use: does another training seed change the predictions?"""

from __future__ import annotations

from .agreement import Agreement
from .finding import Finding, percent

QUESTION = "seed use"


def judge(agreement: Agreement, accuracies: tuple[float, float], repeats: bool) -> Finding:
    """Judge how the predictions of two trials with different training seeds agree.

    accuracies: with the seed that is scored, and with the other.
    repeats: whether the same seed gives the same predictions, see `determinism`.
    """
    numbers = agreement.numbers | {"accuracies": list(accuracies)}
    both = " and ".join(map(percent, accuracies))
    if not repeats:
        says = "it draws randomness from elsewhere than its seed, or depends on time or threads, "
        says += f"so what the seed does cannot be told; accuracies {both}"
        return Finding(QUESTION, "warn", says, numbers)
    if agreement.same:
        says = "it repeats whatever the seed: a deterministic method"
        return Finding(QUESTION, "ok", says, numbers)
    says = f"it repeats and uses its seed: {agreement.moved_in_words} change with another, "
    says += f"accuracies {both}"
    return Finding(QUESTION, "ok", says, numbers)
