"""Label permutation: does accuracy fall to chance where the training labels mean nothing?

A submission that brings answers with it, or finds them in the images or in their order, keeps its
accuracy. One that looks whether its labels are true before it cheats is not found out.
Ojala and Garriga 2010, "Permutation tests for studying classifier performance", JMLR 11.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from evaluator.scoring import accuracy, as_labels
from submission_kit.arrays import Labels, Predictions

from .finding import Finding, percent

QUESTION = "label permutation"

KEPT = 1 / 3
"""Share of its lead over chance that a submission may keep.

Measured with 1 and 9 nearest neighbours, nearest class means and an SVM, each with 40 or 200
shuffles of ten instances: an honest method's accuracy spreads about chance by sd 1.4 to 2.2 points
on CIFAR-10, 1.7 to 3.3 on MNIST and 2.1 to 4.7 on digits, whose tight clusters make it the hard
case. The highest there was 27.9 %; a third of the lead is kept at 35 %. Where the method itself is
near chance, a third of its lead is within that spread, hence SIGNIFICANT beside it: of 80 shuffles
for the k-NN baseline on CIFAR-10 three keep a third of the lead, and with both none is flagged.
"""

SIGNIFICANT = 0.001
"""Share of random renamings of the classes under which the predictions fit as well as they do."""

RENAMINGS = 10_000


def shuffle_labels(labels: Labels, classes: int, seed: int) -> Labels:
    """Return labels int64 [N] that say nothing of the true ones.

    Within each true class, every label is given as often as any other, or one time more where the
    numbers do not allow it, and those come round. A plain shuffle does so on average alone: in a
    class of ten images some labels come three times, and a tight cluster follows them: on digits
    the accuracies of one nearest neighbour spread by sd 3.5 points about chance instead of 2.1.
    """
    random = np.random.default_rng(seed)
    given, extra = np.empty_like(labels), np.zeros(classes, np.int64)
    for label in range(classes):
        rows = random.permutation(np.flatnonzero(labels == label))
        rounds, left = divmod(len(rows), classes)
        rarest = np.lexsort((random.random(classes), extra))[:left]
        extra[rarest] += 1
        given[rows] = np.concatenate([np.tile(np.arange(classes), rounds), rarest])
    return given


def judge(true_labels: Labels, scored: Predictions, shuffled: Predictions, classes: int) -> Finding:
    """Judge predictions after training on shuffled labels.

    true_labels: of the test images, int64 [M]; each class as often as any other.
    scored, shuffled: predictions for them after training on the true and on the shuffled labels.

    It fails where it keeps a third of its lead over chance, and that is not luck. With fewer than
    seven classes one shuffle cannot tell luck apart, and the finding is `warn`.
    """
    chance = 1 / classes
    before, after = accuracy(true_labels, scored), accuracy(true_labels, shuffled)
    luck = _luck(true_labels, as_labels(shuffled), classes)
    kept = (after - chance) / (before - chance) if before > chance else 0.0
    numbers = {"accuracies": [before, after], "chance": chance, "kept": kept, "p": luck}
    both = f"from {percent(before)} to {percent(after)}, chance is {percent(chance)}"
    tells = math.factorial(classes) * SIGNIFICANT > 1
    if kept >= KEPT and luck < SIGNIFICANT:
        says = f"on shuffled labels it goes {both}: it knows labels that it was not given"
        return Finding(QUESTION, "fail", says, numbers)
    if kept >= KEPT and not tells:
        says = f"on shuffled labels it goes {both}; with {classes} classes that may be luck"
        return Finding(QUESTION, "warn", says, numbers)
    return Finding(QUESTION, "ok", f"on shuffled labels it goes {both}", numbers)


def _luck(labels: Labels, predicted: Labels, classes: int) -> float:
    """Return the share of random renamings of the predicted classes that fit at least as well.

    To a method that knows nothing but its shuffled labels, the names of the classes are arbitrary:
    its accuracy is one draw from those under all renamings. So nothing need be assumed of how much
    accuracies spread, which differs from method to method and from dataset to dataset.
    """
    table: npt.NDArray[np.int64] = np.zeros((classes, classes), np.int64)
    np.add.at(table, (labels, predicted), 1)
    names = np.tile(np.arange(classes), (RENAMINGS, 1))
    renamed = np.random.default_rng(0).permuted(names, axis=1)
    right = table[np.arange(classes), renamed].sum(axis=1)
    return float(1 + (right >= table.trace()).sum()) / (1 + RENAMINGS)
