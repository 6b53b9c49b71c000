"""Histograms of oriented gradients with colour means: what a person would look at first.

After Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection" (CVPR 2005): an
image is cut into cells; each cell counts the directions of its gradients, the strong ones more;
blocks of 2 x 2 cells are brought to one length, so that light and contrast do not matter.
For 32x32 pixels:

    gradients   3 x 32 x 32    central differences; of the three colours the strongest
    cells       9 x 8 x 8      of 4x4 pixels: magnitudes by direction, 0 to 180 degrees
    blocks      36 x 7 x 7     neighbouring cells, overlapping
    colours     3 x 8 x 8      mean of each cell
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

CELL = 4  # pixels a side
DIRECTIONS = 9
CLIP = 0.2  # limit of a value in a block of length 1, before it is brought to length 1 again
SMALLEST = 1e-5  # added to a block's squared length: flat blocks stay near zero
CHUNK = 500  # images at a time, bounds the memory


def histograms(batch: Tensor) -> np.ndarray:
    """Each image as one row: blocks, then colours, float32 [N, 36 * 49 + 3 * 64].

    batch: float32 [N, 3, 32, 32] in 0..1.
    """
    rows = [
        torch.cat([blocks(part).flatten(1), colours(part).flatten(1)], 1)
        for part in batch.split(CHUNK)
    ]
    result: np.ndarray = torch.cat(rows).numpy()
    return result


def colours(batch: Tensor) -> Tensor:
    """Mean colour of each cell: float32 [N, 3, H / 4, W / 4]."""
    return functional.avg_pool2d(batch, CELL)


def blocks(batch: Tensor) -> Tensor:
    """Cells in overlapping blocks of 2 x 2: float32 [N, 36, H / 4 - 1, W / 4 - 1].

    A block is scaled to length 1, clipped at `CLIP`, and scaled again.
    """
    counted = cells(*gradients(batch))
    corners = (
        counted[:, :, :-1, :-1],
        counted[:, :, :-1, 1:],
        counted[:, :, 1:, :-1],
        counted[:, :, 1:, 1:],
    )
    block = torch.cat(corners, 1)
    for limit in (CLIP, math.inf):
        block = (block / (block.square().sum(1, keepdim=True) + SMALLEST).sqrt()).clamp(max=limit)
    return block


def gradients(batch: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences along x and along y, of the colour that changes most.

    float32 [N, H, W] each; at the border, where one neighbour is missing, 0.
    """
    along_x, along_y = torch.zeros_like(batch), torch.zeros_like(batch)
    along_x[..., 1:-1] = batch[..., 2:] - batch[..., :-2]
    along_y[..., 1:-1, :] = batch[..., 2:, :] - batch[..., :-2, :]
    strongest = (along_x.square() + along_y.square()).argmax(1, keepdim=True)
    return along_x.gather(1, strongest).squeeze(1), along_y.gather(1, strongest).squeeze(1)


def cells(along_x: Tensor, along_y: Tensor) -> Tensor:
    """Magnitudes by direction, averaged over each cell: float32 [N, 9, H / 4, W / 4].

    A gradient and its opposite have one direction. Direction d is 20 d degrees; a gradient between
    two of them is shared between both.
    """
    magnitude = torch.hypot(along_x, along_y)
    place = torch.atan2(along_y, along_x) / math.pi * DIRECTIONS  # within -9..9
    directions = torch.arange(DIRECTIONS).view(1, DIRECTIONS, 1, 1)
    away = (place[:, None] - directions) % DIRECTIONS
    away = torch.minimum(away, DIRECTIONS - away)
    return functional.avg_pool2d(magnitude[:, None] * (1 - away).clamp(min=0), CELL)
