"""Descriptions of an image by a vector for every cell of a 3 x 3 grid.

Families of features that err differently: adding one gains more than refining another.

    patches      2 F values    how strongly F random patches respond, see `patch_filters`
    gradients    39            oriented gradients in blocks, and mean colours
    windows      1056          maps of oriented gradients as they are, see `hog_maps`
    scattering   243           logarithms of what wavelets see, see `scattering`
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from gradients import blocks
from hog_maps import hog_maps
from patch_filters import PatchFilters
from pooling import soft
from scattering import Scattering
from torch import Tensor
from torch.nn import functional

Cells = Callable[[Tensor], Tensor]
"""float [N, 3, 32, 32] in 0..1 to float [N, 9, D]."""

GRID = 3  # cells along a side
COLOUR_WEIGHT = 2.0  # of mean colours beside the gradients, whose blocks have length 1
WINDOW, STEP = 4, 2  # of the 8 x 8 maps, for cells that overlap
FAINT = 1e-3  # below this, what a wavelet sees counts as this
CHUNK = 4  # images at a time: the transforms stay in the processor's cache


def named_cells(name: str, filters: PatchFilters) -> Cells:
    """The family of that name, with these filters if it is `patches`.

    Raises ValueError for any other name.
    """
    families: dict[str, Cells] = {
        "patches": lambda images: filters.responses(images, GRID, soft),
        "gradients": gradient_cells,
        "windows": window_cells,
        "scattering": ScatteringCells(),
    }
    if name not in families:
        raise ValueError(f"no cells are called {name!r}; there are {', '.join(families)}")
    family = families[name]
    return lambda images: torch.cat([family(part) for part in images.split(CHUNK)])


def gradient_cells(images: Tensor) -> Tensor:
    """Blocks of oriented gradients beside mean colours, averaged: float [N, 9, 36 + 3]."""
    colours = functional.avg_pool2d(images, 8, stride=4)
    maps = torch.cat([blocks(images), COLOUR_WEIGHT * colours], 1)
    return _pooled(maps)


def window_cells(images: Tensor) -> Tensor:
    """The gradient maps in overlapping windows, as they are: float [N, 9, 66 * 16]."""
    maps = hog_maps(images)
    return functional.unfold(maps, WINDOW, stride=STEP).transpose(1, 2)


class ScatteringCells:
    """Logarithms of the scattering maps, averaged: float [N, 9, 243]."""

    def __init__(self) -> None:
        self.scattering = Scattering()

    def __call__(self, images: Tensor) -> Tensor:
        """float [N, 3, 32, 32] in 0..1 to float [N, 9, 243]."""
        maps = self.scattering(images).clamp(min=FAINT).log()
        return _pooled(maps)


def _pooled(maps: Tensor) -> Tensor:
    """float [N, D, H, H] to soft averages, float [N, 9, D]."""
    return soft(maps.shape[-1], GRID) @ maps.flatten(2).transpose(1, 2)
