"""Stronger augmentation does to each image what it would do to that image alone."""

from __future__ import annotations

import images
import numpy as np
import stronger
import torch


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def slowly(image, zoom, shear):
    """`stretch` of one image [3, H, W], pixel by pixel."""
    _, height, width = image.shape
    result = np.zeros_like(image)

    def folded(place, size):
        place = abs(place + 0.5) % (2 * size)
        return min(max(min(place, 2 * size - place) - 0.5, 0.0), size - 1.0)

    for row in range(height):
        for column in range(width):
            down, right = row + 0.5 - height / 2, column + 0.5 - width / 2
            y = folded(zoom * down + height / 2 - 0.5, height)
            x = folded(zoom * right + shear * down + width / 2 - 0.5, width)
            top, left = int(y), int(x)
            bottom, end = min(top + 1, height - 1), min(left + 1, width - 1)
            result[:, row, column] = (1 - y + top) * (
                (1 - x + left) * image[:, top, left] + (x - left) * image[:, top, end]
            ) + (y - top) * (
                (1 - x + left) * image[:, bottom, left] + (x - left) * image[:, bottom, end]
            )
    return result


def test_stretch(batch):
    zoom = torch.linspace(0.75, 1.3, len(batch))
    shear = torch.linspace(-0.2, 0.2, len(batch))
    result = stronger.stretch(batch, zoom, shear)
    expected = [
        slowly(image.numpy().astype(float), *given)
        for image, *given in zip(batch, zoom.tolist(), shear.tolist(), strict=True)
    ]
    np.testing.assert_allclose(result, np.stack(expected), atol=1e-4)


def test_cut_out(batch):
    count = len(batch)
    rows, columns = torch.randint(0, 32, (2, count), generator=generator())
    result = stronger.cut_out(batch, rows, columns, 5)
    mean = torch.tensor(images.IMAGENET_MEAN).view(3, 1, 1)
    for index, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        expected = batch[index].clone()
        expected[:, max(row - 5, 0) : row + 6, max(column - 5, 0) : column + 6] = mean
        assert torch.equal(result[index], expected)


def test_repeats_and_varies(batch):
    first = stronger.stronger(batch, generator(3))
    assert torch.equal(first, stronger.stronger(batch, generator(3)))
    assert first.min() >= 0
    assert first.max() <= 1
    same = stronger.stronger(batch[:1].expand(8, -1, -1, -1), generator(3))
    assert len(torch.unique(same, dim=0)) == 8
