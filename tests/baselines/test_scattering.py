"""Our scattering transform is kymatio's, and does not depend on what else is transformed."""

from __future__ import annotations

import pytest
import scipy.special
import torch
from scattering import MAPS, Scattering


@pytest.fixture(scope="module")
def scattering():
    return Scattering()


def test_as_kymatio(scattering, batch, monkeypatch):
    # kymatio's three-dimensional part asks scipy for a function that newer ones do not have.
    monkeypatch.setattr(scipy.special, "sph_harm", None, raising=False)
    kymatio = pytest.importorskip("kymatio.torch", reason="kymatio is not installed")
    expected = kymatio.Scattering2D(J=2, shape=(32, 32), L=8)(batch).flatten(1, 2)
    ours = scattering(batch)
    assert ours.shape == (len(batch), 3 * MAPS, 8, 8)
    # kymatio leaves out what little of a wavelet's spectrum lies beyond half the sampling rate.
    torch.testing.assert_close(ours, expected, atol=2e-3, rtol=0)


def test_a_flat_image_has_only_its_mean(scattering):
    maps = scattering(torch.full((1, 1, 32, 32), 0.7))[0]
    torch.testing.assert_close(maps[0], torch.full((8, 8), 0.7), atol=1e-4, rtol=0)
    assert maps[1:].abs().max() < 1e-4


def test_each_image_alone(scattering, batch):
    alone = torch.cat([scattering(image[None]) for image in batch])
    torch.testing.assert_close(scattering(batch), alone, atol=1e-5, rtol=0)
