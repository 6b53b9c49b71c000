"""Whether two sets of predictions for the same images are the same, but for rounding."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evaluator.scoring import as_labels
from submission_kit.arrays import Predictions

TOLERANCE = 0.02
"""How far a score may move, in standard deviations of the scores about their image's mean.

Rounding moves float32 scores by about 1e-6 of that, bfloat16 by less than 1e-2; batch statistics
move them by a tenth and more.
"""

ALLOWED = 0.002
"""Share of the images whose prediction may move: one in 500, and one image in any case.

Rounding flips a label only where two classes tie to within the rounding. With float32 scores that
is about one image in 100 000; with the whole votes of nearest neighbours, equal distances make
some more.
"""

SLIGHT = 0.01
"""Share of the images up to which it is doubtful whether low precision explains what moved:
bfloat16, and integers whose scale is taken from the batch, flip a label in some hundred."""


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
