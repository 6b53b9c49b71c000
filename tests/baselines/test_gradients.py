"""Oriented gradients agree with a plain loop over pixels, and see what they should see."""

from __future__ import annotations

import math

import features
import gradients
import numpy as np
import pytest
import torch


def slowly(image: np.ndarray) -> np.ndarray:
    """`blocks` of one image [H, W, 3], pixel by pixel: [H / 4 - 1, W / 4 - 1, 36]."""
    height, width, _ = image.shape
    cells = np.zeros((height // 4, width // 4, 9))
    for row in range(height):
        for column in range(width):
            best = (0.0, 0.0, 0.0)
            for channel in range(3):
                x = y = 0.0
                if 0 < column < width - 1:
                    x = float(image[row, column + 1, channel]) - image[row, column - 1, channel]
                if 0 < row < height - 1:
                    y = float(image[row + 1, column, channel]) - image[row - 1, column, channel]
                best = max(best, (x * x + y * y, x, y))
            strength, x, y = best
            degrees = math.degrees(math.atan2(y, x)) % 180
            lower = int(degrees // 20) % 9
            share = degrees / 20 - degrees // 20
            cell = cells[row // 4, column // 4]
            cell[lower] += (1 - share) * math.sqrt(strength) / 16
            cell[(lower + 1) % 9] += share * math.sqrt(strength) / 16
    blocks = np.zeros((height // 4 - 1, width // 4 - 1, 36))
    for row in range(height // 4 - 1):
        for column in range(width // 4 - 1):
            block = cells[row : row + 2, column : column + 2].transpose(2, 0, 1).reshape(36)
            blocks[row, column] = block / (math.sqrt((block**2).sum()) + 0.006)
    return blocks


def test_blocks_are_those_of_a_plain_loop(batch):
    result = gradients.blocks(batch)
    assert result.shape == (len(batch), 36, 7, 7)
    expected = np.stack([slowly(image) for image in batch.permute(0, 2, 3, 1).numpy()])
    np.testing.assert_allclose(result.permute(0, 2, 3, 1), expected, atol=2e-5)


def test_row_holds_blocks_and_colours(batch):
    rows = features.histograms(batch)
    assert rows.shape == (len(batch), 36 * 49 + 3 * 64)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows[:, : 36 * 49], gradients.blocks(batch).sqrt().flatten(1))
    means = batch.reshape(-1, 3, 8, 4, 8, 4).mean((3, 5))
    np.testing.assert_allclose(rows[:, 36 * 49 :], means.flatten(1), atol=1e-6)


def test_many_images_are_as_one(batch):
    many = batch.repeat(50, 1, 1, 1)
    assert len(many) > features.CHUNK
    np.testing.assert_array_equal(features.histograms(many)[-1], features.histograms(batch[-1:])[0])


@pytest.mark.parametrize("direction", range(9))
def test_a_ramp_has_one_direction(direction):
    angle = math.radians(20 * direction)
    rows, columns = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    ramp = (columns * math.cos(angle) + rows * math.sin(angle)) / 100
    pixels = gradients.unsigned(gradients.oriented_strength(ramp.expand(1, 3, 32, 32)))
    inner = pixels[0, :, 1:-1, 1:-1]
    assert (inner.argmax(0) == direction).all()
    assert (inner.amax(0) > 0.98 * inner.sum(0)).all()


def test_contrast_and_light_do_not_matter(batch):
    seen = gradients.blocks(batch[:9])
    changed = gradients.blocks(batch[:9] * 0.7 + 0.2)
    assert (seen - changed).abs().max() < 0.02
