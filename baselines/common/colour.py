"""Change the colours of a batch, each image by its own amount; nothing random happens here.

Every function maps float32 [N, 3, H, W] in 0..1 to the same shape and range. What it does to
image n equals torchvision's functional transform of image n alone, which the tests check.
Factors are float [N]; a factor of 1 (for the hue: a shift of 0) leaves an image as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Luma weights of ITU-R BT.601, with the four digits that torchvision keeps.
LUMA = (0.2989, 0.587, 0.114)


def luma(images: Tensor) -> Tensor:
    """Brightness as seen by the eye, float [N, 1, H, W]."""
    weights = torch.tensor(LUMA).view(1, 3, 1, 1)
    return (images * weights).sum(1, keepdim=True)


def grayscale(images: Tensor, chosen: Tensor) -> Tensor:
    """Replace the images where `chosen` (bool [N]) is true by their luma in all three channels."""
    return torch.where(chosen[:, None, None, None], luma(images), images)


def _blend(images: Tensor, other: Tensor | float, factor: Tensor) -> Tensor:
    """Factor of the image and 1 - factor of the other; factors above 1 move away from the other."""
    factor = factor[:, None, None, None]
    return (factor * images + (1 - factor) * other).clamp(0, 1)


def adjust_brightness(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with black."""
    return _blend(images, 0.0, factor)


def adjust_contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with the flat grey of the image's mean luma."""
    return _blend(images, luma(images).mean((1, 2, 3), keepdim=True), factor)


def adjust_saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with the image's own grey version."""
    return _blend(images, luma(images), factor)


def adjust_hue(images: Tensor, shift: Tensor) -> Tensor:
    """Turn the hue of every pixel by `shift`, in full turns (-0.5..0.5), via HSV."""
    red, green, blue = images.unbind(1)
    value, smallest = images.amax(1), images.amin(1)
    chroma = value - smallest
    # A grey pixel has no hue: dividing by 1 instead of its chroma 0 gives it hue 0, unused.
    spread = torch.where(chroma > 0, chroma, torch.ones_like(chroma))
    sixths = torch.where(
        value == red,
        (green - blue) / spread,
        torch.where(value == green, 2 + (blue - red) / spread, 4 + (red - green) / spread),
    )
    sixths = sixths + 6 * shift[:, None, None]
    # Along the hue circle each channel is the same trapezoid wave, a third of a turn apart.
    waves = [(offset + sixths) % 6 for offset in (5, 3, 1)]
    channels = [value - chroma * torch.minimum(wave, 4 - wave).clamp(0, 1) for wave in waves]
    return torch.stack(channels, 1).clamp(0, 1)
