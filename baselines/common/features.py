"""What a classical method sees of an image: one row of numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from gradients import CELL, blocks
from torch import Tensor
from torch.nn import functional

Features = Callable[[Tensor], np.ndarray]
"""float32 [N, 3, 32, 32] in 0..1 to rows float32 [N, D]."""

CHUNK = 500  # images at a time, bounds the memory


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


def histograms(batch: Tensor) -> np.ndarray:
    """Oriented gradients, then the mean colour of each cell: float32 [N, 36 * 49 + 3 * 64].

    Of the values in a block the square root is taken, so that distances between rows compare
    distributions instead of their peaks: Arandjelovic and Zisserman, "Three things everyone should
    know to improve object retrieval" (CVPR 2012).
    """
    rows = [
        torch.cat([blocks(part).sqrt().flatten(1), functional.avg_pool2d(part, CELL).flatten(1)], 1)
        for part in batch.split(CHUNK)
    ]
    result: np.ndarray = torch.cat(rows).numpy()
    return result
