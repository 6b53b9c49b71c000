"""A layer of random whitened patches: what of the training images recurs in an image, and where.

Random patches serve as well as learned filters when they are many (Coates and Ng, "The importance
of encoding versus training with sparse coding and vector quantization", ICML 2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pooling import Pooling
from torch import Generator, Tensor
from torch.nn import functional
from whitening import fit_whitening, patches_of

THRESHOLD = 1.0  # what a response must exceed to count, about a standard deviation of one
CHUNK = 4  # images at a time: their responses stay in the processor's cache


@dataclass(frozen=True)
class PatchFilters:
    """Filters as one affine map of patches of normalised contrast."""

    size: int
    """Side of a patch in pixels."""
    stride: int
    """Pixels from one patch of an image to the next."""
    weights: Tensor
    """float [3 * size * size, F]."""
    bias: Tensor
    """float [F], taken off."""

    def responses(self, images: Tensor, cells: int, pooling: Pooling) -> Tensor:
        """How strongly each filter responds in each of cells x cells parts of the image.

        pooling: how sharp their borders are.

        float [N, 3, H, H] in 0..1 to float [N, cells * cells, 2 F]: square roots of the mean of
        what is above `THRESHOLD` (first half) and below minus that (second half).
        """
        places = (images.shape[-1] - self.size) // self.stride + 1
        share = pooling(places, cells)
        return torch.cat([self._pooled(part, share) for part in images.split(CHUNK)])

    def _pooled(self, images: Tensor, share: Tensor) -> Tensor:
        fits = patches_of(images, self.size, self.stride) @ self.weights - self.bias
        excess = functional.softshrink(fits, THRESHOLD)
        # From the means of signed and unsigned excess follow those of its two signs.
        signed, unsigned = share @ excess, share @ excess.abs_()
        halves = torch.cat([unsigned + signed, unsigned - signed], 2) / 2
        return halves.clamp_(min=0).sqrt_()


def draw_filters(
    images: Tensor, size: int, stride: int, count: int, generator: Generator
) -> PatchFilters:
    """Whitening fitted to all patches of the images, and `count` random ones of them as filters.

    images: float [N, 3, H, H] in 0..1.
    """
    patches = patches_of(images, size).flatten(0, 1)
    whitening = fit_whitening(patches)
    chosen = patches[torch.randperm(len(patches), generator=generator)[:count]]
    filters = functional.normalize((chosen - whitening.mean) @ whitening.matrix)
    # A patch is whitened before it meets a filter; both maps are linear, so one does.
    weights = whitening.matrix @ filters.T
    return PatchFilters(size, stride, weights, whitening.mean @ weights)
