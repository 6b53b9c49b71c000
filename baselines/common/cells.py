"""Three descriptions of an image, each a vector for every cell of a 3 x 3 grid.

Families of features that err differently: adding one family gains more than refining another.
"""

from __future__ import annotations

import torch
from hog_maps import hog_maps, oriented_strength, unsigned
from patch_filters import PatchFilters
from torch import Tensor
from torch.nn import functional

GRID = 3  # cells along a side
SMALLEST = 0.006  # added to the length of a block: flat ones stay small
COLOUR_WEIGHT = 2.0  # of mean colours beside the gradients, whose blocks have length 1
WINDOW, STEP = 4, 2  # of the 8 x 8 maps, for cells that overlap
CHUNK = 50  # images at a time, bounds the memory


def descriptions(images: Tensor, filters: PatchFilters) -> list[Tensor]:
    """All three, each float [N, 9, D]: patches, gradients with colours, windows of gradient maps.

    images: float [N, 3, 32, 32] in 0..1.
    """
    parts = images.split(CHUNK)
    return [
        filters.responses(images, GRID),
        torch.cat([gradient_cells(part) for part in parts]),
        torch.cat([window_cells(part) for part in parts]),
    ]


def gradient_cells(images: Tensor) -> Tensor:
    """Blocks of oriented gradients beside mean colours, averaged: float [N, 9, 36 + 3].

    A block is 2 x 2 neighbours of 8 x 8 histograms of 9 orientations, brought to length 1.
    """
    histograms = functional.avg_pool2d(unsigned(oriented_strength(images)), 4)
    blocks = functional.unfold(histograms, 2).unflatten(2, (7, 7))
    blocks = blocks / (blocks.norm(dim=1, keepdim=True) + SMALLEST)
    colours = functional.avg_pool2d(images, 8, stride=4)
    maps = torch.cat([blocks, COLOUR_WEIGHT * colours], 1)
    return functional.adaptive_avg_pool2d(maps, GRID).flatten(2).transpose(1, 2)


def window_cells(images: Tensor) -> Tensor:
    """The gradient maps in overlapping windows, as they are: float [N, 9, 66 * 16]."""
    maps = hog_maps(images)
    return functional.unfold(maps, WINDOW, stride=STEP).transpose(1, 2)
