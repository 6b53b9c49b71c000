"""Mixed images carry mixed targets, in the share of what is seen."""

from __future__ import annotations

import pytest
import torch
from mixing import blend, mix, paste


def batch_of_colours(count=6):
    """Image n is n everywhere, its target is one-hot n."""
    images = torch.arange(count).float().view(-1, 1, 1, 1).expand(-1, 2, 8, 8).contiguous()
    return images, torch.eye(count)


def test_blend():
    images, targets = batch_of_colours()
    order, shares = torch.tensor([1, 0, 3, 2, 5, 4]), torch.linspace(0, 1, 6)
    mixed = blend(images, order, shares)
    assert mixed[2, 0, 0, 0] == pytest.approx(0.4 * 2 + 0.6 * 3)
    assert blend(targets, order, shares)[2].tolist() == pytest.approx([0, 0, 0.4, 0.6, 0, 0])


def test_paste():
    images, _ = batch_of_colours()
    mixed = paste(images, torch.tensor([1, 0, 3, 2, 5, 4]), top=2, left=1, rows=3, columns=4)
    assert (mixed[0, :, 2:5, 1:5] == 1).all()
    assert mixed[0].sum() == 2 * 3 * 4
    assert (images[0] == 0).all()  # the batch itself is as it was


def test_targets_say_what_is_seen():
    """Mean brightness of a mixed image is the mean of its target, however it was mixed."""
    images, targets = batch_of_colours()
    generator = torch.Generator().manual_seed(0)
    boxes = 0
    for _ in range(60):
        mixed, shares = mix(images, targets, generator)
        torch.testing.assert_close(shares.sum(1), torch.ones(6))
        seen = shares @ torch.arange(6.0)
        torch.testing.assert_close(mixed.mean((1, 2, 3)), seen, atol=1e-5, rtol=1e-5)
        boxes += len(mixed.flatten(1)[0].unique()) > 1 or mixed[0].mean() == 0
    assert 15 < boxes < 50  # about half of them
