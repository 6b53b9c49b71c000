"""Shares of a cell sum to 1; from a soft cell a detail fades, from a sharp one it is gone."""

from __future__ import annotations

import pytest
import torch
from pooling import SOFTNESS, sharp, soft
from torch.nn import functional


@pytest.mark.parametrize("pooling", [sharp, soft])
@pytest.mark.parametrize(("places", "cells"), [(14, 3), (7, 3), (8, 8), (32, 8)])
def test_shares(pooling, places, cells):
    shares = pooling(places, cells)
    assert shares.shape == (cells**2, places**2)
    torch.testing.assert_close(shares.sum(1), torch.ones(cells**2))


def test_sharp_cells_are_torchs_where_they_divide():
    maps = torch.rand(2, 5, 12, 12, generator=torch.Generator().manual_seed(0))
    expected = functional.adaptive_avg_pool2d(maps, 3).flatten(2)
    torch.testing.assert_close(maps.flatten(2) @ sharp(12, 3).T, expected)


def test_soft_cells_are_gaussians():
    """Of the upper right cell of 3 x 3: highest in its middle, lower by e^-1/2 a deviation away."""
    window = soft(15, 3)[2].view(15, 15)
    assert window.argmax() == 2 * 15 + 12
    away = torch.exp(torch.tensor(-0.5 * (1 / 5 / SOFTNESS) ** 2))  # a pixel is a fifth of a cell
    torch.testing.assert_close(window[2, 11], window[2, 12] * away)
    torch.testing.assert_close(window[3, 12], window[2, 12] * away)


def test_a_detail_fades_from_a_soft_cell():
    """Moved over a cell's border, it takes all from a sharp cell and little from a soft one."""
    for pooling, least, most in ((sharp, 1.0, 1.0), (soft, 0.0, 0.4)):
        cell = pooling(15, 3)[4].view(15, 15)
        inside, outside = cell[7, 9], cell[7, 10]
        assert least <= (inside - outside) / inside <= most
