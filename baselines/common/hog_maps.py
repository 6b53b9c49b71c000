"""Histograms of oriented gradients as maps: what edges run where, at two blurs, beside colours.

See `gradients`; with the signed and unsigned orientations of Felzenszwalb et al. (PAMI 2010).
"""

from __future__ import annotations

import torch
from gradients import BINS, oriented_strength, unsigned
from torch import Tensor
from torch.nn import functional

CELLS = 8  # cells along a side of the maps
CHANNELS = 2 * (BINS + BINS // 2 + 1) + 10
ENERGY = 0.02  # added to the local strength of edges: where there are none, noise stays small


def hog_maps(images: Tensor) -> Tensor:
    """float [N, 3, 32, 32] in 0..1 to float [N, CHANNELS, 8, 8].

    For the images and for their 3x3 mean: strength by signed orientation, by unsigned orientation
    (each relative to the strength nearby, square root taken) and the log of that strength; then
    mean and standard deviation of RGB, mean of two colour differences and of their sizes.
    """
    blurred = functional.avg_pool2d(functional.pad(images, [1] * 4, mode="reflect"), 3, stride=1)
    return torch.cat([_edges(images), _edges(blurred), _colours(images)], 1)


def _edges(images: Tensor) -> Tensor:
    signed = _cells(oriented_strength(images))
    either = unsigned(signed)
    around = functional.pad(either, [1] * 4, mode="replicate")
    energy = functional.avg_pool2d(around, 3, stride=1).norm(dim=1, keepdim=True) + ENERGY
    return torch.cat([(signed / energy).sqrt(), (either / energy).sqrt(), energy.log()], 1)


def _cells(maps: Tensor) -> Tensor:
    """Means of 8x8 pixels, 4 pixels apart: [N, C, 32, 32] to [N, C, 8, 8]."""
    return functional.avg_pool2d(functional.pad(maps, [2] * 4, mode="replicate"), 8, stride=4)


def _colours(images: Tensor) -> Tensor:
    red, green, blue = images.split(1, dim=1)
    opponents = torch.cat([red - green, (red + green) / 2 - blue], 1)
    mean = functional.avg_pool2d(images, 4)
    variance = functional.avg_pool2d(images.square(), 4) - mean.square()
    return torch.cat(
        [
            mean,
            variance.clamp(min=0).sqrt(),
            functional.avg_pool2d(opponents, 4),
            functional.avg_pool2d(opponents.abs(), 4),
        ],
        1,
    )
