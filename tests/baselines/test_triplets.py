"""Mining agrees with pytorch-metric-learning, and the mixture of negatives is as asked."""

from __future__ import annotations

import math

import pytest
import torch
import triplets

from submission_kit import torchvision_guard

torchvision_guard.install()

from pytorch_metric_learning import distances as metrics  # noqa: E402
from pytorch_metric_learning import losses, miners  # noqa: E402

MARGIN = 0.3


@pytest.fixture
def points() -> torch.Tensor:
    """float32 [60, 8] of length 1, six classes that overlap."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(6, 8, generator=generator).repeat(10, 1)
    noisy = centres + 1.2 * torch.randn(60, 8, generator=generator)
    return torch.nn.functional.normalize(noisy)


@pytest.fixture
def labels() -> torch.Tensor:
    return torch.arange(6).repeat(10)


@pytest.fixture
def distances(points) -> torch.Tensor:
    return torch.cdist(points, points)


def as_set(*columns: torch.Tensor) -> set[tuple[int, ...]]:
    return set(zip(*(column.tolist() for column in columns), strict=True))


def test_positive_pairs(labels):
    anchors, positives = triplets.positive_pairs(labels)
    expected = {(a, p) for a in range(60) for p in range(60) if a != p and a % 6 == p % 6}
    assert as_set(anchors, positives) == expected
    assert len(anchors) == len(expected)


def test_hardest_is_batch_hards(points, labels, distances):
    anchors = torch.arange(60)
    reference_anchors, _, reference_negatives = miners.BatchHardMiner()(points, labels)
    ours = triplets.hardest_negatives(distances, labels, anchors)
    assert as_set(anchors, ours) == as_set(reference_anchors, reference_negatives)


def test_semihard_is_triplet_margin_miners(points, labels, distances):
    miner = miners.TripletMarginMiner(margin=MARGIN, type_of_triplets="semihard")
    expected = as_set(*miner(points, labels))
    anchors, positives = triplets.positive_pairs(labels)
    mask = triplets.semihard_negatives(distances, labels, anchors, positives, MARGIN)
    rows, columns = mask.nonzero(as_tuple=True)
    assert len(expected) > 100
    assert as_set(anchors[rows], positives[rows], columns) == expected


def choose(distances, labels, *, hard, semihard, seed=0):
    anchors, positives = triplets.positive_pairs(labels)
    chosen = triplets.choose_negatives(
        distances,
        labels,
        anchors,
        positives,
        margin=MARGIN,
        hard=hard,
        semihard=semihard,
        generator=torch.Generator().manual_seed(seed),
    )
    assert (labels[chosen] != labels[anchors]).all()
    return anchors, positives, chosen


def test_random_negatives_reach_every_other_image(distances, labels):
    seen = set()
    for seed in range(60):
        anchors, _, chosen = choose(distances, labels, hard=0, semihard=0, seed=seed)
        seen |= as_set(anchors, chosen)
    assert seen == {(a, n) for a in range(60) for n in range(60) if a % 6 != n % 6}


def test_always_hard(distances, labels):
    anchors, _, chosen = choose(distances, labels, hard=1, semihard=0)
    assert torch.equal(chosen, triplets.hardest_negatives(distances, labels, anchors))


def test_always_semihard_where_one_exists(distances, labels):
    anchors, positives, chosen = choose(distances, labels, hard=0, semihard=1)
    mask = triplets.semihard_negatives(distances, labels, anchors, positives, MARGIN)
    exists = mask.any(1)
    assert 0 < exists.sum() < len(exists)
    assert mask[torch.arange(len(chosen)), chosen][exists].all()


def test_published_mixture():
    """With classes far apart and no semi-hard negative, one pair in ten takes the hardest."""
    labels = torch.arange(10).repeat(10)
    distances = 2 - (labels[:, None] == labels[None, :]).float() * 2
    distances[:, 0] = distances[0, :] = 1.0  # image 0 is everybody's hardest negative
    shares = []
    for seed in range(10):
        anchors, _, chosen = choose(distances, labels, hard=0.1, semihard=0.4, seed=seed)
        strangers = labels[anchors] != 0
        shares.append((chosen[strangers] == 0).float().mean())
    # Ten per cent on purpose, and one in ninety of the others by chance.
    assert torch.stack(shares).mean() == pytest.approx(0.1 + 0.9 / 90, abs=0.012)


def test_semihard_share_of_the_mixture():
    labels = torch.arange(10).repeat(10)
    distances = 2 - (labels[:, None] == labels[None, :]).float() * 2
    distances[:, 0] = distances[0, :] = 0.2  # the only semi-hard negative of everybody else
    distances[:, 1] = distances[1, :] = 0.0  # the hardest
    hard, semihard = [], []
    for seed in range(10):
        anchors, _, chosen = choose(distances, labels, hard=0.1, semihard=0.4, seed=seed)
        strangers = labels[anchors] > 1
        hard.append((chosen[strangers] == 1).float().mean())
        semihard.append((chosen[strangers] == 0).float().mean())
    assert torch.stack(hard).mean() == pytest.approx(0.1 + 0.5 / 90, abs=0.015)
    assert torch.stack(semihard).mean() == pytest.approx(0.4 + 0.5 / 90, abs=0.02)


def test_a_batch_of_single_images_gives_no_triplet():
    labels = torch.arange(5)
    _, _, chosen = choose(torch.ones(5, 5), labels, hard=0.1, semihard=0.4)
    assert chosen.shape == (0,)


def test_soft_loss_is_of_every_triplet(points, labels, distances):
    anchors, positives = triplets.positive_pairs(labels)
    soft = losses.TripletMarginLoss(
        margin=0, smooth_loss=True, distance=metrics.LpDistance(normalize_embeddings=False)
    )
    reference = soft(points, labels)  # without a miner, of every triplet
    ours = triplets.soft_loss(distances, labels, anchors, positives, scale=1.0)
    assert ours.item() == pytest.approx(reference.item(), rel=1e-5)


def test_soft_loss_is_steeper_with_scale(labels):
    """Classes apart: no loss is left where the scale is large. All on one point: log 2."""
    apart = (labels[:, None] != labels[None, :]).float()
    anchors, positives = triplets.positive_pairs(labels)
    mild, steep = (triplets.soft_loss(apart, labels, anchors, positives, s) for s in (1.0, 30.0))
    assert mild.item() == pytest.approx(math.log(1 + math.exp(-1)), rel=1e-5)
    assert steep.item() < 1e-12
    nowhere = triplets.soft_loss(torch.zeros(60, 60), labels, anchors, positives, 10.0)
    assert nowhere.item() == pytest.approx(math.log(2))
