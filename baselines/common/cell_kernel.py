"""Kernels that compare images cell by cell, and ridge regression with them.

An image is described by one vector for each cell of a coarse grid. Two images are as alike as
their cells are, on average; two cells are as alike as a wide random ReLU layer finds them (the
arc-cosine kernel of degree 1; Cho and Saul, "Kernel methods for deep learning", NIPS 2009).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

STD_FLOOR = 1e-3  # added to the standard deviation of a feature: constant ones stay small
ROWS = 512  # images compared at a time, bounds the memory


@dataclass(frozen=True)
class Standardisation:
    """Mean 0 and deviation 1 for every feature of a set of images, and length 1 for every cell."""

    mean: Tensor
    """float [C, D]."""
    std: Tensor
    """float [C, D]."""

    def standard(self, cells: Tensor) -> Tensor:
        """float [N, C, D] to the same shape, its features standardised."""
        return (cells - self.mean) / self.std

    def unit(self, cells: Tensor) -> Tensor:
        """The same, and each cell divided by its length."""
        return functional.normalize(self.standard(cells), dim=2)


def fit_standardisation(cells: Tensor) -> Standardisation:
    """That of the images described by float [N, C, D]."""
    return Standardisation(cells.mean(0), cells.std(0, correction=0) + STD_FLOOR)


def arc_cosine(cosines: Tensor) -> Tensor:
    """The kernel of two vectors of length 1 with these cosines: 1 where equal, 0 where opposite.

    Any shape; overwrites its argument.
    """
    cosines = cosines.clamp_(-1, 1)
    angles = cosines.acos()
    sines = (1 - cosines.square()).sqrt_()
    return sines.add_(cosines.mul_(math.pi - angles)).div_(math.pi)


def kernel(left: Sequence[Tensor], right: Sequence[Tensor]) -> Tensor:
    """How alike each image on the left is to each on the right, float [N, M] in 0..1.

    left, right: the same number of descriptions, float [N, C, D] and [M, C, D] with cells of
    length 1; C and D may differ from description to description, each counts the same.
    """
    result = torch.zeros(len(left[0]), len(right[0]))
    for ours, theirs in zip(left, right, strict=True):
        share = 1 / (len(left) * ours.shape[1])
        for mine, other in zip(ours.unbind(1), theirs.unbind(1), strict=True):
            for rows, block in zip(result.split(ROWS), mine.split(ROWS), strict=True):
                rows.add_(arc_cosine(block @ other.T), alpha=share)
    return result


def ridge(gram: Tensor, targets: Tensor, penalty: float) -> Tensor:
    """Dual weights of kernel ridge regression: float [N, K] for gram [N, N], targets [N, K].

    penalty: added to the gram matrix's diagonal, which is 1, for every 1000 rows. Overwrites gram.
    """
    gram.diagonal().add_(penalty * len(gram) / 1000)
    return torch.cholesky_solve(targets, torch.linalg.cholesky(gram))
