"""Gradient maps name the direction of an edge, and where it is."""

from __future__ import annotations

import math

import pytest
import torch
from gradients import BINS, oriented_strength, unsigned
from hog_maps import CHANNELS, hog_maps


def ramp(turn: float) -> torch.Tensor:
    """Brightness that grows by 0.01 a pixel in one direction, radians clockwise from the right."""
    places = torch.arange(32) - 16.0
    across, down = torch.meshgrid(places, places, indexing="xy")
    grey = 0.5 + 0.01 * (across * math.cos(turn) + down * math.sin(turn))
    return grey.expand(1, 3, 32, 32).contiguous()


@pytest.mark.parametrize("bin_", [0, 4, 9, 17])
def test_direction(bin_):
    strength = oriented_strength(ramp(2 * math.pi * bin_ / BINS))[0, :, 8:24, 8:24].mean((1, 2))
    assert strength.argmax() == bin_
    assert strength[bin_] == pytest.approx(0.02, rel=1e-3)  # over two pixels


def test_between_two_directions():
    strength = oriented_strength(ramp(2 * math.pi * 2.5 / BINS))[0, :, 8:24, 8:24].mean((1, 2))
    assert strength[2] == pytest.approx(0.01, rel=1e-2)
    assert strength[3] == pytest.approx(0.01, rel=1e-2)


def test_opposite_directions_are_one_unsigned():
    there, back = (unsigned(oriented_strength(ramp(turn))) for turn in (0.3, 0.3 + math.pi))
    torch.testing.assert_close(there, back, atol=1e-4, rtol=0)


def test_an_edge_is_found_in_its_cells():
    image = torch.zeros(1, 3, 32, 32)
    image[..., 16:] = 1
    signed = hog_maps(image)[0, :BINS]
    assert signed[0, :, 3:5].min() > 0.5
    assert signed[:, :, 0].abs().max() < 1e-3


def test_shape_and_alone(batch):
    maps = hog_maps(batch)
    assert maps.shape == (len(batch), CHANNELS, 8, 8)
    assert torch.isfinite(maps).all()
    torch.testing.assert_close(hog_maps(batch[4:5])[0], maps[4], atol=1e-5, rtol=1e-5)
