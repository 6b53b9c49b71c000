"""Random augmentation of a batch: every image draws its own parameters from one generator.

Each function maps float32 [N, 3, H, W] in 0..1 to the same shape and range. It draws what
torchvision's transform of that name would draw for each image alone, then hands the numbers to
the deterministic functions in `geometry` and `colour`. Working on the whole batch is what makes
it cheap: an image at a time takes about six times as long.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from colour import adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, grayscale
from geometry import cover, crop, flip, rotate, warp
from images import IMAGENET_MEAN
from torch import Generator, Tensor

Augment = Callable[[Tensor, Generator], Tensor]


def augmentation(name: str) -> Augment:
    """The augmentation of that name: `published`, `strong` or `mild`.

    Raises ValueError for any other.
    """
    known: dict[str, Augment] = {"published": published, "strong": strong, "mild": mild}
    if name not in known:
        raise ValueError(f"no augmentation is called {name!r}; there are {', '.join(known)}")
    return known[name]


def published(images: Tensor, generator: Generator) -> Tensor:
    """The augmentation of the published ResNet9 report, in its order and with its strengths.

    RandomCrop, RandomGrayscale, RandomHorizontalFlip, RandomAffine, ColorJitter.
    """
    images = random_crop(images, generator, padding=4)
    images = random_grayscale(images, generator, probability=0.1)
    images = random_flip(images, generator, probability=0.5)
    images = random_affine(images, generator, degrees=30)
    return color_jitter(images, generator, brightness=0.4, contrast=0.4, saturation=0.4, hue=0.2)


def strong(images: Tensor, generator: Generator) -> Tensor:
    """The augmentation for networks: with a hundred images, much more than is usual pays."""
    images = random_warp(images, generator, degrees=20, scale=0.25, shear=0.2, shift=4)
    images = random_grayscale(images, generator, probability=0.1)
    images = color_jitter(images, generator, brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
    return random_cutout(images, generator, size=11)


def mild(images: Tensor, generator: Generator) -> Tensor:
    """The augmentation for kernel methods: they compare whole images and gain less from more."""
    images = random_warp(images, generator, degrees=15, scale=0.15, shear=0.1, shift=4)
    return color_jitter(images, generator, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.05)


def random_crop(images: Tensor, generator: Generator, *, padding: int) -> Tensor:
    """Shift by up to `padding` pixels each way; the border is filled by reflection."""
    top, left = torch.randint(0, 2 * padding + 1, (2, len(images)), generator=generator)
    return crop(images, top, left, padding)


def random_grayscale(images: Tensor, generator: Generator, *, probability: float) -> Tensor:
    """Take the colour from an image with this probability."""
    return grayscale(images, torch.rand(len(images), generator=generator) < probability)


def random_flip(images: Tensor, generator: Generator, *, probability: float) -> Tensor:
    """Mirror an image left to right with this probability."""
    return flip(images, torch.rand(len(images), generator=generator) < probability)


def random_affine(images: Tensor, generator: Generator, *, degrees: float) -> Tensor:
    """Rotate by an angle uniform in -degrees..degrees."""
    return rotate(images, _uniform(-degrees, degrees, len(images), generator))


def random_warp(
    images: Tensor,
    generator: Generator,
    *,
    degrees: float,
    scale: float,
    shear: float,
    shift: int,
) -> Tensor:
    """Turn, enlarge or shrink, shear, shift and mirror, each by a random amount, in one sampling.

    Uniform in -degrees..degrees, in -shear..shear pixels for each pixel and in -shift..shift whole
    pixels each way; the logarithm of the factor of size is uniform in -scale..scale; half of the
    images are mirrored.
    """
    count = len(images)
    return warp(
        images,
        degrees=_uniform(-degrees, degrees, count, generator),
        scale=_uniform(-scale, scale, count, generator).exp(),
        shear=_uniform(-shear, shear, count, generator),
        shift=torch.randint(-shift, shift + 1, (count, 2), generator=generator).float(),
        mirrored=torch.rand(count, generator=generator) < 0.5,
    )


def random_cutout(images: Tensor, generator: Generator, *, size: int) -> Tensor:
    """Cover a square of `size` pixels about a random pixel with ImageNet's mean colour.

    DeVries and Taylor, "Improved regularization of convolutional neural networks with cutout"
    (2017).
    """
    centres = torch.randint(0, images.shape[-1], (2, len(images)), generator=generator)
    top, left = centres - size // 2
    return cover(images, top, left, size, torch.tensor(IMAGENET_MEAN))


def color_jitter(
    images: Tensor,
    generator: Generator,
    *,
    brightness: float,
    contrast: float,
    saturation: float,
    hue: float,
) -> Tensor:
    """Change four properties of the colours in a random order.

    Factors are uniform in 1 - strength..1 + strength; the hue turns by -hue..hue full turns.
    """
    count = len(images)
    # Sorting random numbers gives each image its own permutation of the four operations.
    order = torch.rand(count, 4, generator=generator).argsort(1)
    factors = torch.stack(
        [
            _uniform(1 - brightness, 1 + brightness, count, generator),
            _uniform(1 - contrast, 1 + contrast, count, generator),
            _uniform(1 - saturation, 1 + saturation, count, generator),
            _uniform(-hue, hue, count, generator),
        ],
        1,
    )
    return jitter(images, order, factors)


JITTERS = (adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue)


def jitter(images: Tensor, order: Tensor, factors: Tensor) -> Tensor:
    """Apply the four `JITTERS` to each image, in that image's order.

    order: int64 [N, 4], each row a permutation of 0..3, indices into `JITTERS`.
    factors: float [N, 4], one for each operation (not for each place in the order).
    """
    images = images.clone()
    for place in order.unbind(1):
        for index, adjust in enumerate(JITTERS):
            rows = (place == index).nonzero().squeeze(1)
            images[rows] = adjust(images[rows], factors[rows, index])
    return images


def _uniform(low: float, high: float, count: int, generator: Generator) -> Tensor:
    return low + (high - low) * torch.rand(count, generator=generator)
