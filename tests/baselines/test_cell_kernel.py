"""The kernel is that of a wide random layer, and the ridge regression is scikit-learn's."""

from __future__ import annotations

import cells
import numpy as np
import pytest
import torch
from cell_kernel import arc_cosine, fit_standardisation, kernel, ridge
from patch_filters import draw_filters
from sklearn.kernel_ridge import KernelRidge
from torch.nn import functional


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_arc_cosine_is_a_wide_random_layer():
    points = functional.normalize(torch.randn(6, 5, generator=generator()))
    layer = (points @ torch.randn(5, 400_000, generator=generator(1))).relu()
    expected = 2 * layer @ layer.T / layer.shape[1]
    torch.testing.assert_close(arc_cosine(points @ points.T), expected, atol=0.02, rtol=0)


def test_arc_cosine_ends():
    ends = arc_cosine(torch.tensor([1.0, -1.0, 1.0000001]))
    torch.testing.assert_close(ends, torch.tensor([1.0, 0.0, 1.0]), atol=1e-3, rtol=0)


def test_kernel_is_the_mean_over_cells_and_descriptions():
    left, right = (
        [
            functional.normalize(torch.randn(count, 4, 3, generator=generator(count)), dim=2),
            functional.normalize(torch.randn(count, 2, 5, generator=generator(count + 1)), dim=2),
        ]
        for count in (7, 3)
    )
    expected = torch.zeros(7, 3)
    for ours, theirs in zip(left, right, strict=True):
        for cell in range(ours.shape[1]):
            expected += arc_cosine(ours[:, cell] @ theirs[:, cell].T) / ours.shape[1] / 2
    torch.testing.assert_close(kernel(left, right), expected, atol=1e-5, rtol=0)


def test_standardisation():
    described = 5 + 3 * torch.randn(200, 4, 6, generator=generator())
    scale = fit_standardisation(described)
    assert scale.standard(described).mean().abs() < 1e-5
    torch.testing.assert_close(scale.unit(described).norm(dim=2), torch.ones(200, 4))


def test_ridge():
    points = torch.randn(50, 8, generator=generator()).double()
    targets = torch.randn(50, 3, generator=generator(1)).double()
    gram = points @ points.T
    expected = KernelRidge(alpha=0.3 * 50 / 1000, kernel="precomputed").fit(gram, targets)
    ours = ridge(gram.clone(), targets, 0.3)
    np.testing.assert_allclose(ours.numpy(), expected.dual_coef_, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "values"), [("patches", 20), ("gradients", 39), ("windows", 1056), ("scattering", 243)]
)
def test_descriptions(batch, name, values):
    family = cells.named_cells(name, draw_filters(batch, 6, 2, 10, generator()))
    described = family(batch)
    assert described.shape == (12, 9, values)
    torch.testing.assert_close(described[7], family(batch[7:8])[0], atol=1e-3, rtol=1e-3)


def test_unknown_description(batch):
    with pytest.raises(ValueError, match="no cells are called 'edges'; there are patches"):
        cells.named_cells("edges", draw_filters(batch, 6, 2, 10, generator()))


def test_windows_overlap(batch):
    """The middle of nine windows is cells 2..5 of the maps each way."""
    from hog_maps import hog_maps

    windows = cells.window_cells(batch)
    middle = hog_maps(batch)[:, :, 2:6, 2:6].flatten(1)
    assert torch.equal(windows[:, 4], middle)


@pytest.mark.parametrize("count", [1, 3])
def test_kernel_of_few(count):
    cell = [functional.normalize(torch.randn(count, 2, 3, generator=generator()), dim=2)]
    torch.testing.assert_close(kernel(cell, cell).diagonal(), torch.ones(count), atol=1e-3, rtol=0)
