"""A layer of random whitened patches: what of the training images recurs in an image, and where.

Random patches serve as well as learned filters when they are many (Coates and Ng, "The importance
of encoding versus training with sparse coding and vector quantization", ICML 2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional
from whitening import fit_whitening, patches_of

THRESHOLD = 1.0  # what a response must exceed to count, in standard deviations of a response


@dataclass(frozen=True)
class PatchFilters:
    """Filters as one affine map of patches of normalised contrast."""

    size: int
    """Side of a patch in pixels."""
    weights: Tensor
    """float [3 * size * size, F]."""
    bias: Tensor
    """float [F], taken off."""

    def responses(self, images: Tensor) -> Tensor:
        """float [N, 3, H, W] in 0..1 to float [N, 2 F, H', W']: how well each filter fits where.

        Halves of 2 F: how far the response is above `THRESHOLD`, how far below minus that.
        H' = H - size + 1, W' likewise.
        """
        rows, columns = (side - self.size + 1 for side in images.shape[-2:])
        fits = patches_of(images, self.size) @ self.weights - self.bias
        fits = fits.transpose(1, 2).unflatten(2, (rows, columns))
        return torch.cat([functional.relu(fits - THRESHOLD), functional.relu(-fits - THRESHOLD)], 1)


def draw_filters(images: Tensor, size: int, count: int, generator: Generator) -> PatchFilters:
    """Whitening fitted to all patches of the images, and `count` random ones of them as filters.

    images: float [N, 3, H, W] in 0..1.
    """
    patches = patches_of(images, size).flatten(0, 1)
    whitening = fit_whitening(patches)
    chosen = patches[torch.randperm(len(patches), generator=generator)[:count]]
    filters = functional.normalize((chosen - whitening.mean) @ whitening.matrix)
    # A patch is whitened before it meets a filter; both maps are linear, so one does.
    weights = whitening.matrix @ filters.T
    return PatchFilters(size, weights, whitening.mean @ weights)
