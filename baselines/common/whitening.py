"""Whitening of image patches: the pixels of a patch made uncorrelated, with equal variance.

Coates, Lee and Ng, "An analysis of single-layer networks in unsupervised feature learning"
(AISTATS 2011): contrast normalisation, then ZCA.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

CONTRAST = 0.01  # added to the variance of a patch (of values in 0..1): flat ones stay small
EPSILON = 0.1  # added to the variances of the principal components: keeps noise small


@dataclass(frozen=True)
class Whitening:
    """The linear part: a patch p (float [D]) of normalised contrast becomes (p - mean) @ matrix."""

    mean: Tensor
    """float [D]."""
    matrix: Tensor
    """float [D, D], symmetric."""


def patches_of(images: Tensor, size: int, stride: int = 1) -> Tensor:
    """Patches of the images with normalised contrast, row by row: float [N, L, 3 * size * size].

    images: float [N, 3, H, W] in 0..1; stride: pixels from one patch to the next. Each patch has
    its mean taken off and is divided by its standard deviation.
    """
    patches = functional.unfold(images, size, stride=stride).transpose(1, 2)
    patches = patches - patches.mean(2, keepdim=True)
    return patches * (patches.square().mean(2, keepdim=True) + CONTRAST).rsqrt()


def fit_whitening(patches: Tensor) -> Whitening:
    """The whitening of these patches, float [P, D]."""
    mean = patches.mean(0)
    centred = patches - mean
    variances, directions = torch.linalg.eigh(centred.T @ centred / len(patches))
    matrix = directions * (variances.clamp(min=0) + EPSILON).rsqrt() @ directions.T
    return Whitening(mean, matrix)
