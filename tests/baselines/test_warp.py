"""Warping and covering do to each image what torchvision would do to it alone."""

from __future__ import annotations

import augment
import geometry
import torch
from images import IMAGENET_MEAN

from submission_kit import torchvision_guard

torchvision_guard.install()

from torchvision.transforms import InterpolationMode  # noqa: E402
from torchvision.transforms import functional as reference  # noqa: E402


def warped(batch, **changes):
    count = len(batch)
    still = {
        "degrees": torch.zeros(count),
        "scale": torch.ones(count),
        "shear": torch.zeros(count),
        "shift": torch.zeros(count, 2),
        "mirrored": torch.zeros(count, dtype=torch.bool),
    }
    return geometry.warp(batch, **{**still, **changes})


def inner(batch):
    """The pixels that no warp of these tests fetches from beyond the border."""
    return batch[..., 10:22, 10:22]


def test_nothing_asked_nothing_done(batch):
    torch.testing.assert_close(warped(batch), batch, atol=1e-5, rtol=0)


def test_turn_and_size(batch):
    degrees, scale = torch.linspace(-20, 20, len(batch)), torch.linspace(0.8, 1.25, len(batch))
    expected = torch.stack(
        [
            reference.affine(
                image, angle, [0, 0], factor, [0.0], interpolation=InterpolationMode.BILINEAR
            )
            for image, angle, factor in zip(batch, degrees.tolist(), scale.tolist(), strict=True)
        ]
    )
    ours = warped(batch, degrees=degrees, scale=scale)
    torch.testing.assert_close(inner(ours), inner(expected), atol=1e-4, rtol=0)


def test_shift(batch):
    shift = torch.tensor([[3.0, -2.0]]).expand(len(batch), 2)
    ours = warped(batch, shift=shift)
    expected = batch.roll((-2, 3), (2, 3))
    torch.testing.assert_close(inner(ours), inner(expected), atol=1e-5, rtol=0)


def test_mirror(batch):
    mirrored = torch.arange(len(batch)) % 2 == 0
    ours = warped(batch, mirrored=mirrored)
    torch.testing.assert_close(ours, geometry.flip(batch, mirrored), atol=1e-5, rtol=0)


def test_shear_moves_rows_to_the_side():
    column = torch.zeros(1, 3, 32, 32)
    column[..., 16] = 1
    ours = warped(column, shear=torch.tensor([0.25]))
    places = ours[0, 0].argmax(1)
    assert places[20] - places[8] == -3  # a quarter of a pixel for each row


def test_cover(batch):
    top = torch.full((len(batch),), -3)
    left = torch.full((len(batch),), 25)
    ours = geometry.cover(batch, top, left, 11, torch.tensor(IMAGENET_MEAN))
    expected = batch.clone()
    expected[:, :, :8, 25:] = torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1)
    assert torch.equal(ours, expected)


def test_strong_and_mild_repeat_stay_in_range_and_differ(batch):
    for change in (augment.strong, augment.mild):
        one, again, other = (
            change(batch, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
        )
        assert torch.equal(one, again)
        assert not torch.equal(one, other)
        assert one.shape == batch.shape
        assert one.min() >= 0
        assert one.max() <= 1


def test_an_image_is_warped_alone(batch):
    """Each draws its own amounts: the same image twice comes out in two ways."""
    twice = batch[:1].expand(2, -1, -1, -1).contiguous()
    first, second = augment.strong(twice, torch.Generator().manual_seed(0))
    assert not torch.equal(first, second)
