"""Images as maps of 8 x 8 cells, by fixed filters: what the map networks see.

Three families:

    scattering   243 maps   what wavelets see, see `scattering`
    gradients     66 maps   oriented gradients and colours, see `hog_maps`
    patches      256 maps   responses of 128 whitened patches, see `patch_filters`
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from hog_maps import hog_maps
from patch_filters import PatchFilters
from pooling import sharp
from scattering import Scattering
from torch import Tensor
from torch.nn import functional

Maps = Callable[[Tensor], Tensor]
"""float [N, 3, 32, 32] in 0..1 to float [N, C, 8, 8]."""

CELLS = 8  # along a side
CHUNK = 4  # images at a time: the transforms stay in the processor's cache


def named_maps(name: str, filters: PatchFilters) -> Maps:
    """The family of that name, with these filters if it is `patches`.

    Raises ValueError for any other name.
    """
    families: dict[str, Maps] = {
        "scattering": Scattering(),
        "gradients": hog_maps,
        "patches": lambda images: patch_maps(images, filters),
    }
    if name not in families:
        raise ValueError(f"no maps are called {name!r}; there are {', '.join(families)}")
    family = families[name]
    return lambda images: torch.cat([family(part) for part in images.split(CHUNK)])


def patch_maps(images: Tensor, filters: PatchFilters) -> Tensor:
    """Responses in cells of 4 x 4 pixels, float [N, 2 F, 8, 8]; the border is reflected."""
    before = (filters.size - 1) // 2
    after = filters.size - 1 - before
    padded = functional.pad(images, [before, after, before, after], mode="reflect")
    responses = filters.responses(padded, CELLS, sharp)
    return responses.transpose(1, 2).unflatten(2, (CELLS, CELLS))
