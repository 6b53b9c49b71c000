"""Ridge regression with the kernels of `cell_kernel` on the descriptions of `cells`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from augment import mild
from cell_kernel import fit_standardisation, kernel, ridge
from cells import named_cells
from patch_filters import draw_filters
from torch import Generator, Tensor


def fit_kernels(
    images: Tensor,
    targets: Tensor,
    generator: Generator,
    *,
    cells: Sequence[str],
    filters: int,
    size: int,
    stride: int,
    copies: int,
    penalty: float,
) -> Callable[[Tensor], Tensor]:
    """Fit to images float [N, 3, 32, 32] in 0..1 and one-hot targets float [N, K].

    cells: the descriptions to compare, see `cells`; filters: number of random patches; size: their
    side in pixels; stride: pixels from one patch of an image to the next; copies: augmented ones of
    each image, beside the original and its mirror image; penalty: of the ridge, for each 1000 rows,
    see `cell_kernel.ridge`.

    The result maps float [M, 3, 32, 32] to scores float [M, K], each image for itself: the mean
    over the image and its mirror image.
    """
    bank = draw_filters(images, size, stride, filters, generator)
    batches = [images, images.flip(-1), *(mild(images, generator) for _ in range(copies))]
    everything = torch.cat(batches)
    families = [named_cells(name, bank) for name in cells]
    described = [family(everything) for family in families]
    scales = [fit_standardisation(each) for each in described]
    known = [scale.unit(each) for scale, each in zip(scales, described, strict=True)]
    centred = targets.repeat(len(batches), 1) - 1 / targets.shape[1]
    weights = ridge(kernel(known, known), centred, penalty)

    def scores(images: Tensor) -> Tensor:
        new = [scale.unit(family(images)) for scale, family in zip(scales, families, strict=True)]
        return kernel(new, known) @ weights

    return lambda images: (scores(images) + scores(images.flip(-1))) / 2
