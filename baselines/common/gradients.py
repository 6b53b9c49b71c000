"""Oriented gradients, and their histograms in blocks.

After Dalal and Triggs, "Histograms of oriented gradients for human detection" (CVPR 2005): an image
is cut into cells; each cell counts the directions of its gradients, the strong ones more; blocks of
2 x 2 cells are brought to one length, so that light and contrast do not matter. Values in a block
are not limited, as theirs are: that gains nothing here.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

BINS = 18  # orientations over the full turn; opposite ones together give 9 without sign
CELL = 4  # pixels a side
SMALLEST = 0.006  # added to the length of a block: flat ones stay small


def oriented_strength(images: Tensor) -> Tensor:
    """Strength of the edge at each pixel, shared between the two nearest orientations.

    float [N, 3, H, W] to float [N, BINS, H, W]. Of the three colours the one with the strongest
    gradient counts; gradients are central differences.
    """
    padded = functional.pad(images, [1] * 4, mode="reflect")
    across = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    along = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    strength = across.square() + along.square()
    strongest = strength.argmax(1, keepdim=True)
    across, along = across.gather(1, strongest), along.gather(1, strongest)
    magnitude = strength.gather(1, strongest).sqrt()
    place = torch.atan2(along, across) * (BINS / (2 * math.pi)) % BINS
    lower = place.floor()
    upper_share = magnitude * (place - lower)
    # Rounding may put a tiny negative angle on the last bin's upper end: that is bin 0.
    lower = lower.long() % BINS
    maps = images.new_zeros(len(images), BINS, *images.shape[-2:])
    maps.scatter_add_(1, lower, magnitude - upper_share)
    return maps.scatter_add_(1, (lower + 1) % BINS, upper_share)


def unsigned(signed: Tensor) -> Tensor:
    """Opposite orientations together: float [N, BINS, H, W] to [N, BINS / 2, H, W]."""
    return signed[:, : BINS // 2] + signed[:, BINS // 2 :]


def blocks(images: Tensor) -> Tensor:
    """Histograms of 9 orientations in overlapping blocks of 2 x 2 cells, each of length 1.

    float [N, 3, 32, 32] in 0..1 to float [N, 36, 7, 7].
    """
    cells = functional.avg_pool2d(unsigned(oriented_strength(images)), CELL)
    block = functional.unfold(cells, 2).unflatten(2, (7, 7))
    return block / (block.norm(dim=1, keepdim=True) + SMALLEST)
