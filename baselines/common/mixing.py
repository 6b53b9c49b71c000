"""Batches of mixed images: two of them blended, or a box of one put into the other.

Zhang et al., "mixup: Beyond empirical risk minimization" (ICLR 2018); Yun et al., "CutMix:
Regularization strategy to train strong classifiers with localizable features" (ICCV 2019).
Batches are float [N, C, H, W], targets float [N, K]; results have the shapes of the arguments.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

SIDES = (0.25, 0.75)  # a random box's least and greatest side, as a share of the image's


def mix(batch: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Mix with the batch in another order: shares blended or a box pasted, as often either."""
    order = torch.randperm(len(batch), generator=generator)
    if torch.rand((), generator=generator) < 0.5:
        shares = torch.rand(len(batch), generator=generator)
        return blend(batch, order, shares), blend(targets, order, shares)
    height, width = batch.shape[-2:]
    top, rows = _random_span(height, generator)
    left, columns = _random_span(width, generator)
    kept = torch.full((len(batch),), 1 - rows * columns / (height * width))
    return paste(batch, order, top, left, rows, columns), blend(targets, order, kept)


def blend(values: Tensor, order: Tensor, shares: Tensor) -> Tensor:
    """Row n keeps the share shares[n] of itself, the rest comes from row order[n].

    values: float [N, ...]; order: int64 [N]; shares: float [N] in 0..1.
    """
    shares = shares.view(-1, *[1] * (values.ndim - 1))
    return values[order].lerp(values, shares)


def paste(batch: Tensor, order: Tensor, top: int, left: int, rows: int, columns: int) -> Tensor:
    """Image n with the box of image order[n] in place of its own; one box for all."""
    mixed = batch.clone()
    box = (..., slice(top, top + rows), slice(left, left + columns))
    mixed[box] = batch[order][box]
    return mixed


def _random_span(length: int, generator: Generator) -> tuple[int, int]:
    """Start and length of a random piece of a side."""
    least, greatest = (round(share * length) for share in SIDES)
    span = int(torch.randint(least, greatest + 1, (), generator=generator))
    return int(torch.randint(0, length - span + 1, (), generator=generator)), span
