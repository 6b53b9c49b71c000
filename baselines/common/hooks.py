"""Tell the harness how training goes, where there is one that listens.

On a server without `submission_kit` both functions do nothing, so a bundle runs anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Predict = Callable[[np.ndarray], np.ndarray]
"""uint8 [M, H, W, C] -> int labels [M] or float scores [M, K]."""

try:
    from submission_kit import checkpoint, progress
except ImportError:

    def progress(step: int, total: int | None = None, **values: float) -> None:
        """Report that `step` of `total` is done (1 is the first), with values for the curves."""

    def checkpoint(step: int, predict: Callable[..., Any]) -> None:
        """Offer the model as it is after `step` for scoring; the score does not come back."""


__all__ = ["Predict", "checkpoint", "progress"]
