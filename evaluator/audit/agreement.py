"""Whether two sets of predictions for the same images are the same, but for rounding."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evaluator.scoring import as_labels
from submission_kit.arrays import Predictions

TOLERANCE = 0.05
"""How far a score may move, in standard deviations of the scores about their image's mean.

Measured with small convolutional networks on digits and CIFAR-10, in batches of 500 against 1 to
100: float32 moves scores by 1e-6 of that at most, 8-bit integers whose scale is taken from the
batch by 0.035; subtracting the batch's mean moves those of half of the images by more than 0.16.
"""

ALLOWED = 0.002
"""Share of the images whose prediction may move: one in 500, and one image in any case.

Rounding flips a label only where two classes tie to within the rounding: with float32 scores, one
image in 100 000 or so. Equal distances of nearest neighbours make some more.
"""

SLIGHT = 0.01
"""Share of the images up to which low precision may explain what moved: the 8-bit network above
flips 0.55 % of the labels on CIFAR-10. Subtracting the batch's mean flips 15 %, 4 % on digits."""


@dataclass(frozen=True)
class Agreement:
    """How far two sets of predictions for the same images agree.

    moved: images whose label differs, or any score by more than TOLERANCE.
    labels_moved: images whose label differs.
    score_move: the largest difference of two scores, in the unit of TOLERANCE; None for labels.
    """

    images: int
    moved: int
    labels_moved: int
    score_move: float | None

    @property
    def share(self) -> float:
        """The share of the images that moved."""
        return self.moved / self.images

    @property
    def moved_in_words(self) -> str:
        """What moved, for a person: what stands before "change"."""
        words = f"{self.labels_moved} of {self.images} labels"
        if self.score_move is None:
            return words
        return f"{words} and the scores of {self.moved} images"

    @property
    def same(self) -> bool:
        """Whether rounding explains all that moved."""
        return self.moved <= max(1, ALLOWED * self.images)

    @property
    def slight(self) -> bool:
        """Whether low precision may explain it, though rounding does not."""
        return self.share <= SLIGHT

    @property
    def numbers(self) -> dict[str, Any]:
        """What JSON can hold."""
        return asdict(self)


def compare(first: Predictions, second: Predictions) -> Agreement:
    """Compare predictions for the same images in the same order: labels [M], or scores [M, K].

    Where one gives labels and the other scores, the labels alone are compared.
    """
    labels_moved = as_labels(first) != as_labels(second)
    if first.ndim == 1 or second.ndim == 1:
        count = int(labels_moved.sum())
        return Agreement(len(first), count, count, None)
    exact = first.astype(np.float64)
    spread = float((exact - exact.mean(axis=1, keepdims=True)).std())
    moves = np.abs(exact - second).max(axis=1)
    return Agreement(
        images=len(first),
        moved=int((labels_moved | (moves > TOLERANCE * spread)).sum()),
        labels_moved=int(labels_moved.sum()),
        score_move=float(moves.max()) / spread if spread else None,
    )
