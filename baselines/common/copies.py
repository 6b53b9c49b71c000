"""The training set of the classical methods: the images and augmented copies of them."""

from __future__ import annotations

import numpy as np
import torch
from augment import Augment
from images import to_batch
from torch import Generator, Tensor


def with_copies(
    images: np.ndarray, labels: np.ndarray, copies: int, augment: Augment, generator: Generator
) -> tuple[Tensor, np.ndarray]:
    """The originals followed by `copies` augmented copies of all of them.

    images: uint8 [N, H, W, C]; labels: int64 [N].
    Returns float32 [N * (1 + copies), 3, 32, 32] in 0..1 and int64 [N * (1 + copies)].
    """
    originals = to_batch(images)
    batches = [originals, *(augment(originals, generator) for _ in range(copies))]
    return torch.cat(batches), np.tile(labels, 1 + copies)
