"""What a classical method sees of an image: one row of numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from histograms import histograms
from torch import Tensor

Features = Callable[[Tensor], np.ndarray]
"""float32 [N, 3, 32, 32] in 0..1 to rows float32 [N, D]."""


def features(name: str) -> Features:
    """The features of that name: `pixels` or `histograms`. Raises ValueError for any other."""
    if name == "pixels":
        return pixels
    if name == "histograms":
        return histograms
    raise ValueError(f"features are {name!r}; expected 'pixels' or 'histograms'")


def pixels(batch: Tensor) -> np.ndarray:
    """Each image as one row of pixel values: float32 [N, 3 * 32 * 32]."""
    rows: np.ndarray = batch.flatten(1).numpy()
    return rows
