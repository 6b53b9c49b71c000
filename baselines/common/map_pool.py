"""The training images of the map networks: augmented copies, transformed once and kept.

To transform a fresh copy for every step would take longer than the step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from maps import Maps
from torch import Generator, Tensor

MapPool = Tensor
"""Copies of the training images as maps of one family: float16 [copies, N, C, 8, 8]."""


def fill_pool(
    images: Tensor,
    maps: Maps,
    augment: Callable[[Tensor, Generator], Tensor],
    copies: int,
    seed: int,
) -> MapPool:
    """`copies` augmented copies of images float [N, 3, 32, 32] in 0..1.

    Pools of other maps that are filled with the same seed hold the same copies.
    """
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([maps(augment(images, generator)).half() for _ in range(copies)])


def draw(pools: Sequence[MapPool], generator: Generator) -> Tensor:
    """One of the copies of every image, the same from every pool: float [N, C, 8, 8]."""
    count, images = pools[0].shape[:2]
    copy, image = torch.randint(count, (images,), generator=generator), torch.arange(images)
    return torch.cat([pool[copy, image] for pool in pools], 1).float()
