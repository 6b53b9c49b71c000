"""Every image of a batch is changed as torchvision would change it alone."""

from __future__ import annotations

import math

import augment
import colour
import geometry
import images
import numpy as np
import pytest
import torch
from copies import with_copies
from features import features

from submission_kit import torchvision_guard

torchvision_guard.install()

from torchvision.transforms import functional as reference  # noqa: E402
from torchvision.transforms import v2  # noqa: E402


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def one_by_one(function, batch, *parameters):
    """Stack `function(image, *its parameters)` over the batch."""
    rows = zip(batch, *(parameter.tolist() for parameter in parameters), strict=True)
    return torch.stack([function(image, *values) for image, *values in rows])


def uniform(low, high, count):
    return low + (high - low) * torch.rand(count, generator=generator(1))


def test_crop(batch):
    top, left = torch.randint(0, 9, (2, len(batch)), generator=generator())

    def crop(image, top, left):
        padded = reference.pad(image, [4], padding_mode="reflect")
        return reference.crop(padded, top, left, 32, 32)

    assert torch.equal(geometry.crop(batch, top, left, 4), one_by_one(crop, batch, top, left))


def test_flip(batch):
    mirrored = torch.arange(len(batch)) % 2 == 0
    expected = one_by_one(lambda x, yes: reference.hflip(x) if yes else x, batch, mirrored)
    assert torch.equal(geometry.flip(batch, mirrored), expected)


def test_rotate(batch):
    degrees = uniform(-30, 30, len(batch))
    degrees[:2] = torch.tensor([0.0, 90.0])
    expected = one_by_one(
        lambda x, angle: reference.affine(x, angle, [0, 0], 1.0, [0.0, 0.0]), batch, degrees
    )
    # A source point on the border between two pixels may be rounded to either.
    differing = (geometry.rotate(batch, degrees) != expected).any(1).float().mean()
    assert differing < 1e-3


def test_grayscale(batch):
    chosen = torch.arange(len(batch)) % 2 == 0
    expected = one_by_one(
        lambda x, yes: reference.rgb_to_grayscale(x, 3) if yes else x, batch, chosen
    )
    torch.testing.assert_close(colour.grayscale(batch, chosen), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["adjust_brightness", "adjust_contrast", "adjust_saturation"])
def test_factors(batch, name):
    factor = uniform(0.3, 1.7, len(batch))
    expected = one_by_one(getattr(reference, name), batch, factor)
    torch.testing.assert_close(getattr(colour, name)(batch, factor), expected, atol=1e-6, rtol=0)


def test_hue(batch):
    shift = uniform(-0.5, 0.5, len(batch))
    expected = one_by_one(reference.adjust_hue, batch, shift)
    torch.testing.assert_close(colour.adjust_hue(batch, shift), expected, atol=5e-6, rtol=0)


def test_jitter_keeps_each_images_order(batch):
    order = torch.stack([torch.randperm(4, generator=generator(i)) for i in range(len(batch))])
    factors = torch.stack([uniform(0.6, 1.4, len(batch)) for _ in range(4)], 1)
    factors[:, 3] = uniform(-0.2, 0.2, len(batch))
    functions = [getattr(reference, adjust.__name__) for adjust in augment.JITTERS]

    def jitter(image, order, factors):
        for index in order:
            image = functions[index](image, factors[index])
        return image

    before = batch.clone()
    result = augment.jitter(batch, order, factors)
    torch.testing.assert_close(result, one_by_one(jitter, batch, order, factors), atol=2e-5, rtol=0)
    assert torch.equal(batch, before)


COUNT = 4000


def drawn(monkeypatch, module, name):
    """Collect the parameters that `augment` hands to the kernel `name`."""
    seen = []
    kernel = getattr(augment, name)
    monkeypatch.setattr(module, name, lambda x, *args: seen.append(args) or kernel(x, *args))
    return seen


def small(count=COUNT):
    return torch.rand(count, 3, 8, 8, generator=generator(5))


def test_crop_reaches_every_offset_evenly(monkeypatch):
    seen = drawn(monkeypatch, augment, "crop")
    augment.random_crop(small(), generator(), padding=4)
    ((top, left, padding),) = seen
    assert padding == 4
    for offsets in (top, left):
        counts = torch.bincount(offsets, minlength=9)
        assert len(counts) == 9
        assert counts.min() > 0.8 * COUNT / 9
    assert not torch.equal(top, left)


@pytest.mark.parametrize(
    ("name", "kernel", "probability"),
    [("random_grayscale", "grayscale", 0.1), ("random_flip", "flip", 0.5)],
)
def test_probability(monkeypatch, name, kernel, probability):
    seen = drawn(monkeypatch, augment, kernel)
    getattr(augment, name)(small(), generator(), probability=probability)
    ((chosen,),) = seen
    tolerance = 4 * math.sqrt(probability * (1 - probability) / COUNT)
    assert chosen.float().mean() == pytest.approx(probability, abs=tolerance)


def test_angles_fill_their_range(monkeypatch):
    seen = drawn(monkeypatch, augment, "rotate")
    augment.random_affine(small(), generator(), degrees=30)
    ((degrees,),) = seen
    assert -30 <= degrees.min() < -29
    assert 29 < degrees.max() <= 30
    assert abs(degrees.mean()) < 1.5


def test_jitter_draws_ranges_and_all_orders(monkeypatch):
    seen = drawn(monkeypatch, augment, "jitter")
    augment.color_jitter(
        small(), generator(), brightness=0.4, contrast=0.3, saturation=0.2, hue=0.1
    )
    ((order, factors),) = seen
    assert len(torch.unique(order, dim=0)) == 24
    lows, highs = torch.tensor([0.6, 0.7, 0.8, -0.1]), torch.tensor([1.4, 1.3, 1.2, 0.1])
    torch.testing.assert_close(factors.amin(0), lows, atol=0.005, rtol=0)
    torch.testing.assert_close(factors.amax(0), highs, atol=0.005, rtol=0)
    assert torch.corrcoef(factors.T).fill_diagonal_(0).abs().max() < 0.1


def test_published_is_the_list_of_the_report(batch, monkeypatch):
    """Same order, same strengths as torchvision's transforms of these names."""
    calls = []
    for name in (
        "random_crop",
        "random_grayscale",
        "random_flip",
        "random_affine",
        "color_jitter",
    ):

        def spy(x, generator, *, _name=name, _function=getattr(augment, name), **values):
            calls.append((_name, values))
            return _function(x, generator, **values)

        monkeypatch.setattr(augment, name, spy)
    augment.published(batch, generator())
    assert calls == [
        ("random_crop", {"padding": 4}),
        ("random_grayscale", {"probability": 0.1}),
        ("random_flip", {"probability": 0.5}),
        ("random_affine", {"degrees": 30}),
        ("color_jitter", {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.2}),
    ]


def test_published_has_torchvisions_distribution():
    """The mean image and the spread over many draws agree with torchvision's, image by image."""
    image = torch.linspace(0, 1, 3 * 32 * 32).view(1, 3, 32, 32)
    many = image.expand(1500, -1, -1, -1)
    theirs = v2.Compose(
        [
            v2.RandomCrop(32, padding=4, padding_mode="reflect"),
            v2.RandomGrayscale(0.1),
            v2.RandomHorizontalFlip(),
            v2.RandomAffine(30),
            v2.ColorJitter(0.4, 0.4, 0.4, 0.2),
        ]
    )
    torch.manual_seed(0)
    expected = torch.stack([theirs(one) for one in many])
    result = augment.published(many, generator())
    # The standard error of a pixel's mean over 1500 draws is below 0.01.
    assert (result.mean(0) - expected.mean(0)).abs().max() < 0.05
    assert (result.std(0) - expected.std(0)).abs().max() < 0.05


def test_published_repeats_and_varies(batch):
    first = augment.published(batch, generator(3))
    assert torch.equal(first, augment.published(batch, generator(3)))
    assert not torch.equal(first, augment.published(batch, generator(4)))
    assert first.min() >= 0
    assert first.max() <= 1
    same = augment.published(batch[:1].expand(8, -1, -1, -1), generator(3))
    assert len(torch.unique(same, dim=0)) == 8


def test_to_batch_accepts_the_tracks_shapes():
    colours = np.arange(2 * 32 * 32 * 3, dtype=np.uint32).astype(np.uint8).reshape(2, 32, 32, 3)
    result = images.to_batch(colours)
    assert result.dtype == torch.float32
    assert torch.equal(result[1, 2, 5, 7] * 255, torch.tensor(float(colours[1, 5, 7, 2])))

    grey = np.full((3, 28, 28, 1), 51, dtype=np.uint8)
    result = images.to_batch(grey)
    assert result.shape == (3, 3, 32, 32)
    torch.testing.assert_close(result, torch.full((3, 3, 32, 32), 0.2))


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, 32, 32, 3), np.float32),
        np.zeros((2, 32, 32), np.uint8),
        np.zeros((2, 3, 32, 32), np.uint8),
    ],
)
def test_to_batch_refuses(wrong):
    with pytest.raises(ValueError, match="expected uint8"):
        images.to_batch(wrong)


def test_normalise(batch):
    expected = reference.normalize(batch, images.IMAGENET_MEAN, images.IMAGENET_STD)
    torch.testing.assert_close(images.normalise(batch), expected)


def test_copies_start_with_the_originals():
    originals = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    batch, labels = with_copies(
        originals, np.array([3, 1, 2, 0]), 2, augment.published, generator()
    )
    assert features("pixels")(batch).shape == (12, 3072)
    assert labels.tolist() == [3, 1, 2, 0] * 3
    assert torch.equal(batch[:4], images.to_batch(originals))
    assert not torch.equal(batch[4:8], batch[8:])


def test_augmentations_have_names():
    for name in ("published", "strong", "mild"):
        assert augment.augmentation(name) is getattr(augment, name)
    with pytest.raises(ValueError, match="weaker"):
        augment.augmentation("weaker")
