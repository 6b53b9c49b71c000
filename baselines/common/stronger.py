"""Stronger augmentation than the published one: zoom, shear and a hole, image by image.

Each function maps float32 [N, 3, H, W] in 0..1 to the same shape and range.
"""

from __future__ import annotations

import torch
from augment import published
from images import IMAGENET_MEAN
from torch import Generator, Tensor
from torch.nn import functional


def stronger(images: Tensor, generator: Generator) -> Tensor:
    """Zoom and shear, then the published list, then a hole of 11 x 11 pixels."""
    count = len(images)
    zoom = torch.exp(0.25 * _spread(count, generator))
    images = stretch(images, zoom, 0.2 * _spread(count, generator))
    images = published(images, generator)
    rows, columns = torch.randint(0, images.shape[-1], (2, count), generator=generator)
    return cut_out(images, rows, columns, 5)


def stretch(images: Tensor, zoom: Tensor, shear: Tensor) -> Tensor:
    """Show more (zoom above 1) or less of an image, and lean it; bilinear, reflected border.

    zoom: float [N], how much of the image's side is shown.
    shear: float [N], pixels to the right for each pixel down.
    """
    rows = torch.zeros(len(images), 2, 3)
    rows[:, 0, 0] = rows[:, 1, 1] = zoom
    rows[:, 0, 1] = shear
    grid = functional.affine_grid(rows, list(images.shape), align_corners=False)
    return functional.grid_sample(
        images, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


def cut_out(images: Tensor, rows: Tensor, columns: Tensor, reach: int) -> Tensor:
    """Fill a square with ImageNet's mean colour; it may overhang.

    rows, columns: int64 [N], its centre. reach: pixels from there to each side.
    """
    near = [
        (torch.arange(size) - centre[:, None]).abs() <= reach
        for size, centre in zip(images.shape[-2:], (rows, columns), strict=True)
    ]
    hole = near[0][:, None, :, None] & near[1][:, None, None, :]
    return torch.where(hole, torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), images)


def _spread(count: int, generator: Generator) -> Tensor:
    """Uniform in -1..1: float32 [count]."""
    return 2 * torch.rand(count, generator=generator) - 1
