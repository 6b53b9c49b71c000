"""Crop, mirror, turn and warp a batch, each image by its own amount; nothing random happens here.

Every function maps float32 [N, 3, H, W] to the same shape. What it does to image n equals
torchvision's functional transform of image n alone, which the tests check.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def crop(images: Tensor, top: Tensor, left: Tensor, padding: int) -> Tensor:
    """Pad each side by reflection, then cut a window of the original size.

    top, left: int64 [N], corner of the window in the padded image, 0..2 * padding pixels.
    """
    count, _, height, width = images.shape
    padded = functional.pad(images, [padding] * 4, mode="reflect")
    rows = top[:, None] + torch.arange(height)
    columns = left[:, None] + torch.arange(width)
    image = torch.arange(count)[:, None, None]
    # Index tensors on both sides of the channel slice put the channel last in the result.
    windows = padded[image, :, rows[:, :, None], columns[:, None, :]]
    return windows.permute(0, 3, 1, 2).contiguous()


def flip(images: Tensor, mirrored: Tensor) -> Tensor:
    """Mirror left to right the images where `mirrored` (bool [N]) is true."""
    return torch.where(mirrored[:, None, None, None], images.flip(-1), images)


def rotate(images: Tensor, degrees: Tensor) -> Tensor:
    """Turn square images about their centre; nearest pixel, black outside.

    degrees: float [N], clockwise on the screen as in torchvision's `affine`.
    """
    angle = torch.deg2rad(degrees)
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    # Sampling asks where each output pixel comes from, so this is the inverse rotation.
    rows = torch.stack([torch.stack([cos, sin, zero], 1), torch.stack([-sin, cos, zero], 1)], 1)
    grid = functional.affine_grid(rows, list(images.shape), align_corners=False)
    return functional.grid_sample(
        images, grid, mode="nearest", padding_mode="zeros", align_corners=False
    )


def warp(
    images: Tensor,
    *,
    degrees: Tensor,
    scale: Tensor,
    shear: Tensor,
    shift: Tensor,
    mirrored: Tensor,
) -> Tensor:
    """Turn, enlarge, shear, shift and mirror square images in one bilinear sampling.

    degrees: float [N], clockwise on the screen; scale: float [N], above 1 enlarges; shear: float
    [N], pixels to the side for each pixel upwards; shift: float [N, 2], pixels to the right and
    down; mirrored: bool [N]. What comes in over the border is the image reflected there.
    """
    side = images.shape[-1]
    angle = torch.deg2rad(degrees)
    cos, sin = angle.cos() / scale, angle.sin() / scale
    # Grid coordinates run from -1 to 1 over the side. As in `rotate`, this is the inverse map.
    right, down = (-2 / side * shift).unbind(1)
    sign = torch.where(mirrored, -1.0, 1.0)
    rows = torch.stack(
        [
            torch.stack([sign * cos, sign * (sin + shear), right], 1),
            torch.stack([-sin, cos, down], 1),
        ],
        1,
    )
    grid = functional.affine_grid(rows, list(images.shape), align_corners=False)
    return functional.grid_sample(
        images, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


def cover(images: Tensor, top: Tensor, left: Tensor, size: int, colour: Tensor) -> Tensor:
    """Fill a square of each image with one colour; it may reach over the border.

    top, left: int64 [N], its corner, may be negative; size: its side in pixels; colour: float [3].
    """
    rows = torch.arange(images.shape[-2]) - top[:, None]
    columns = torch.arange(images.shape[-1]) - left[:, None]
    inside = ((rows >= 0) & (rows < size))[:, :, None] & ((columns >= 0) & (columns < size))[
        :, None
    ]
    return torch.where(inside[:, None], colour.view(1, 3, 1, 1), images)
