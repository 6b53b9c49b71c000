"""Batches of mixed images: two of them blended, or a box of one put into the other.

Zhang et al., "mixup: Beyond empirical risk minimization" (ICLR 2018); Yun et al., "CutMix:
Regularization strategy to train strong classifiers with localizable features" (ICCV 2019).
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def mix(batch: Tensor, targets: Tensor, generator: Generator, smallest: float) -> tuple[Tensor, Tensor]:
    """Mix a batch with itself in another order, by blending or by boxes with equal probability.

    batch: float [N, C, H, W]; targets: float [N, K]. Returns the same shapes.
    smallest: least side of a box as a share of the image's.
    """
    order = torch.randperm(len(batch), generator=generator)
    if torch.rand((), generator=generator) < 0.5:
        share = torch.rand(len(batch), generator=generator)
        return blend(batch, order, share), blend(targets, order, share)
    return random_box(batch, targets, order, generator, smallest)
