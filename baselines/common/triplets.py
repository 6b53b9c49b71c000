"""Triplets (anchor, positive, negative) of a batch: every one of them, or a choice.

A triplet asks that the anchor be closer to the positive, of its own class, than to the negative,
of another. `soft_loss` asks it of every triplet at once, without a margin that could be met:
Hermans, Beyer and Leibe, "In defense of the triplet loss" (arXiv 1703.07737, 2017). Otherwise each
of the P ordered pairs of one class makes one triplet, whose negative is chosen here. Semi-hard
negatives follow Schroff, Kalenichenko and Philbin, "FaceNet" (CVPR 2015): further than the
positive, but not by the margin.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional


def positive_pairs(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Anchors and positives, int64 [P] each: all ordered pairs of different images of one class.

    labels: int64 [N].
    """
    same = labels[:, None] == labels[None, :]
    anchors, positives = same.fill_diagonal_(False).nonzero(as_tuple=True)
    return anchors, positives


def soft_loss(
    distances: Tensor, labels: Tensor, anchors: Tensor, positives: Tensor, scale: float
) -> Tensor:
    """The mean of log(1 + exp(scale * (positive's distance - negative's))) over every triplet.

    distances: float [N, N] between embeddings; labels: int64 [N].
    """
    nearer = distances[anchors, positives][:, None] - distances[anchors]
    return functional.softplus(scale * nearer[negatives(labels, anchors)]).mean()


def choose_negatives(
    distances: Tensor,
    labels: Tensor,
    anchors: Tensor,
    positives: Tensor,
    *,
    margin: float,
    hard: float,
    semihard: float,
    generator: Generator,
) -> Tensor:
    """One negative for each pair, int64 [P]: the hardest, a semi-hard or any one.

    distances: float [N, N] between embeddings; labels: int64 [N].
    hard, semihard: the probabilities of the first two kinds. A pair without a semi-hard negative
    gets any one in its place.
    """
    candidates = negatives(labels, anchors)
    chosen = pick(candidates, generator)
    kind = torch.rand(len(anchors), generator=generator)

    between = semihard_negatives(distances, labels, anchors, positives, margin)
    rows = ((kind >= hard) & (kind < hard + semihard) & between.any(1)).nonzero().squeeze(1)
    chosen[rows] = pick(between[rows], generator)

    rows = (kind < hard).nonzero().squeeze(1)
    chosen[rows] = hardest_negatives(distances, labels, anchors[rows])
    return chosen


def negatives(labels: Tensor, anchors: Tensor) -> Tensor:
    """bool [P, N]: which images are of another class than the anchor."""
    return labels[anchors][:, None] != labels[None, :]


def hardest_negatives(distances: Tensor, labels: Tensor, anchors: Tensor) -> Tensor:
    """int64 [P]: the image of another class that is closest to the anchor."""
    return distances[anchors].masked_fill(~negatives(labels, anchors), torch.inf).argmin(1)


def semihard_negatives(
    distances: Tensor, labels: Tensor, anchors: Tensor, positives: Tensor, margin: float
) -> Tensor:
    """bool [P, N]: the images of another class, further than the positive by 0..margin."""
    further = distances[anchors] - distances[anchors, positives][:, None]
    return negatives(labels, anchors) & (further > 0) & (further <= margin)


def pick(candidates: Tensor, generator: Generator) -> Tensor:
    """int64 [P]: for each row of bool [P, N] the index of one true entry, all equally likely."""
    if len(candidates) == 0:
        return torch.empty(0, dtype=torch.int64)
    return torch.multinomial(candidates.float(), 1, generator=generator).squeeze(1)
