"""Averages over the cells of a coarse grid, with sharp or soft borders.

A detail that moves by a pixel may leave a sharp cell; from a soft one it fades.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Pooling = Callable[[int, int], Tensor]
"""What each of places x places adds to each of cells x cells: float [cells ** 2, places ** 2].

Both are counted row by row; the shares of a cell sum to 1.
"""

SOFTNESS = 0.5  # standard deviation of a soft cell's window, sides of a cell


def sharp(places: int, cells: int) -> Tensor:
    """Each place belongs to one cell."""
    cell = torch.arange(places) * cells // places
    return _shares((cell == torch.arange(cells)[:, None]).float())


def soft(places: int, cells: int) -> Tensor:
    """A cell's window is a Gaussian about its middle."""
    place = (torch.arange(places) + 0.5) * (cells / places)
    middle = torch.arange(cells)[:, None] + 0.5
    return _shares(torch.exp(-((place - middle) / SOFTNESS).square() / 2))


def _shares(line: Tensor) -> Tensor:
    """From the windows along a side, float [cells, places], those of the grid."""
    line = line / line.sum(1, keepdim=True)
    return torch.kron(line, line)
