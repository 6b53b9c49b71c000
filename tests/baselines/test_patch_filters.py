"""Whitened patches have unit covariance; responses are what a slow count of them finds."""

from __future__ import annotations

import maps
import torch
from patch_filters import THRESHOLD, draw_filters
from pooling import sharp
from whitening import CONTRAST, fit_whitening, patches_of


def generator():
    return torch.Generator().manual_seed(0)


def test_patches(batch):
    patches = patches_of(batch, 6, 2)
    assert patches.shape == (len(batch), 14 * 14, 108)
    patch = batch[3, :, 4:10, 6:12].flatten()
    expected = (patch - patch.mean()) / (patch.var(correction=0) + CONTRAST).sqrt()
    torch.testing.assert_close(patches[3, 2 * 14 + 3], expected, atol=1e-5, rtol=1e-4)


def test_whitening():
    mixing = 10 * torch.randn(12, 12, generator=generator())  # variances far above EPSILON
    patches = torch.randn(5000, 12, generator=generator()) @ mixing + 3
    whitening = fit_whitening(patches)
    white = (patches - whitening.mean) @ whitening.matrix
    covariance = white.T @ white / len(white)
    torch.testing.assert_close(covariance, torch.eye(12), atol=0.05, rtol=0)
    assert torch.allclose(whitening.matrix, whitening.matrix.T, atol=1e-4)  # the nearest to none


def test_responses(batch):
    filters = draw_filters(batch, 6, 3, 20, generator())
    responses = filters.responses(batch, 3, sharp)
    assert responses.shape == (len(batch), 9, 40)
    # The cell in row 1, column 2, by hand: places 3..5 down and 6..8 across of 9 each way.
    fits = (patches_of(batch[:1], 6, 3) @ filters.weights - filters.bias).view(9, 9, 20)
    cell = fits[3:6, 6:9].flatten(0, 1)
    above, below = (cell - THRESHOLD).relu().mean(0), (-cell - THRESHOLD).relu().mean(0)
    expected = torch.cat([above, below]).sqrt()
    torch.testing.assert_close(responses[0, 5], expected, atol=1e-3, rtol=0)


def test_filters_are_of_unit_response(batch):
    """On the patches they were drawn from, whitened, a filter's response deviates by about one."""
    noise = torch.rand(20, 3, 32, 32, generator=generator())
    filters = draw_filters(noise, 6, 1, 50, generator())
    fits = patches_of(noise, 6) @ filters.weights - filters.bias
    assert 0.8 < fits.std() < 1.2


def test_maps(batch):
    filters = draw_filters(batch, 6, 1, 16, generator())
    assert maps.patch_maps(batch, filters).shape == (len(batch), 32, 8, 8)
    for name, count in (("scattering", 243), ("gradients", 66), ("patches", 32)):
        family = maps.named_maps(name, filters)
        result = family(batch)
        assert result.shape == (len(batch), count, 8, 8)
        assert torch.isfinite(result).all()
        torch.testing.assert_close(family(batch[5:6])[0], result[5], atol=1e-4, rtol=1e-4)
