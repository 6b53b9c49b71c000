"""Networks trained side by side learn what each would alone, however many threads there are."""

from __future__ import annotations

import time

import pytest
import torch
from averaging import running_average
from side_by_side import train_side_by_side
from torch import nn
from torch.nn import functional


def trained(threads, steps=30, deadline=None, delay=0.0):
    """Two small networks fitted to two functions, each drawing its own batches."""
    torch.manual_seed(0)
    networks = [nn.Linear(3, 1) for _ in range(2)]
    generators = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
    seen = []

    def gradients(index):
        def run():
            time.sleep(delay)
            inputs = torch.randn(50, 3, generator=generators[index])
            targets = inputs.sum(1, keepdim=True) * (index + 1)
            loss = functional.mse_loss(networks[index](inputs), targets)
            loss.backward()
            seen.append(index)
            return loss.item()

        return run

    averaged = train_side_by_side(
        networks,
        [gradients(0), gradients(1)],
        steps=steps,
        learning_rate=0.3,
        weight_decay=0.0,
        decay=0.9,
        checkpoints=0,
        snapshot=lambda _: None,
        threads=threads,
        deadline=deadline,
    )
    return list(averaged), seen


def test_each_learns_its_own():
    (one, two), _ = trained(2, steps=150)
    torch.testing.assert_close(one.weight, torch.ones(1, 3), atol=0.05, rtol=0)
    torch.testing.assert_close(two.weight, 2 * torch.ones(1, 3), atol=0.05, rtol=0)


def test_threads_do_not_change_the_numbers():
    (alone, _), (together, _) = trained(1), trained(2)
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one.weight, other.weight)


def test_ends_in_time():
    started = time.monotonic()
    networks, seen = trained(2, steps=10_000, deadline=1.0, delay=0.01)
    assert time.monotonic() - started < 3
    assert 10 < len(seen) < 200
    assert not networks[0].training


def test_average():
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    average = running_average(network, decay=0.9)
    values = []
    for step in range(30):
        with torch.no_grad():
            network[0].weight.fill_(float(step))
            network[1].running_mean.fill_(float(step))
        average.update_parameters(network)
        values.append(float(step))
    expected = values[0]
    for count, value in enumerate(values[1:], start=1):
        keep = min(0.9, (count + 1) / (count + 10))
        expected = keep * expected + (1 - keep) * value
    assert average.module[0].weight[0, 0].item() == pytest.approx(expected, rel=1e-4)
    assert average.module[1].running_mean[0].item() == pytest.approx(expected, rel=1e-4)
    assert network[0].weight[0, 0] == 29  # the network itself goes on
