"""The training images of the map networks: augmented copies, transformed once and kept.

To transform a fresh copy for every step would take longer than the step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from maps import Maps
from torch import Generator, Tensor

STD_FLOOR = 1e-3  # added to the standard deviation of a map: constant ones stay small


@dataclass(frozen=True)
class MapPool:
    """Augmented copies of the training images as maps, each map with mean 0 and deviation 1."""

    maps: Maps
    mean: Tensor
    """float [C, 1, 1]."""
    std: Tensor
    """float [C, 1, 1]."""
    copies: Tensor
    """float16 [copies, N, C, 8, 8]."""

    def draw(self, generator: Generator) -> Tensor:
        """One of the copies of every image, float [N, C, 8, 8]."""
        count, images = self.copies.shape[:2]
        chosen = torch.randint(count, (images,), generator=generator)
        return self.copies[chosen, torch.arange(images)].float()

    def describe(self, images: Tensor) -> Tensor:
        """Other images likewise, float [M, 3, 32, 32] in 0..1 to [M, C, 8, 8]."""
        return (self.maps(images) - self.mean) / self.std


def fill_pool(
    images: Tensor,
    maps: Maps,
    augment: Callable[[Tensor, Generator], Tensor],
    copies: int,
    generator: Generator,
) -> MapPool:
    """`copies` augmented copies of images float [N, 3, 32, 32] in 0..1."""
    first = maps(augment(images, generator))
    mean = first.mean((0, 2, 3), keepdim=True)
    std = first.std((0, 2, 3), keepdim=True) + STD_FLOOR
    pool = torch.empty(copies, *first.shape, dtype=torch.float16)
    pool[0] = (first - mean) / std
    for copy in pool[1:]:
        copy.copy_((maps(augment(images, generator)) - mean) / std)
    return MapPool(maps, mean[0], std[0], pool)
