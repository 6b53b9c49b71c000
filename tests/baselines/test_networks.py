"""ResNet9 has the published shapes and size; evaluation is the same in any chunks."""

from __future__ import annotations

import itertools

import networks
import numpy as np
import pytest
import torch
import training

PUBLISHED = (64, 128, 256, 512, 1028)


@pytest.fixture
def small() -> torch.nn.Sequential:
    torch.manual_seed(0)
    network = networks.resnet9((8, 8, 16, 16, 32), outputs=10)
    network(torch.rand(16, 3, 32, 32))  # running statistics that are not the initial ones
    return network.eval()


def test_shapes():
    outputs = torch.rand(2, 3, 32, 32)
    shapes = {}
    for name, stage in networks.resnet9((4, 5, 6, 7, 8), outputs=9).named_children():
        outputs = stage(outputs)
        shapes[name] = tuple(outputs.shape[1:])
    assert shapes == {
        "stem": (4, 32, 32),
        "layer1": (5, 16, 16),
        "residual1": (5, 16, 16),
        "layer2": (6, 8, 8),
        "layer3": (7, 4, 4),
        "residual2": (7, 4, 4),
        "layer4": (8, 2, 2),
        "residual3": (8, 2, 2),
        "maximum": (8,),
        "linear": (9,),
    }


def test_published_size():
    with torch.device("meta"):
        network = networks.resnet9(PUBLISHED, outputs=10)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    assert round(parameters / 1e6, 1) == 30.3
    kernels = [module for module in network.modules() if isinstance(module, torch.nn.Conv2d)]
    assert len(kernels) == 11
    assert {kernel.kernel_size for kernel in kernels} == {(3, 3)}


def test_residual_adds_its_input():
    block = networks.Residual(4).eval()
    inputs = torch.randn(2, 4, 8, 8)
    assert torch.equal(block(inputs), inputs + block.body(inputs))
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)
    assert torch.equal(block(inputs), inputs)


def test_chunks_and_company_do_not_matter(small):
    images = np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), dtype=np.uint8)
    whole = training.predictor(small, chunk=100)(images)
    assert whole.shape == (7, 10)
    assert whole.dtype == np.float32
    in_chunks = training.predictor(small, chunk=3)(images)
    np.testing.assert_allclose(in_chunks, whole, atol=1e-5)
    alone = training.predictor(small, chunk=100)(images[4:5])
    np.testing.assert_allclose(alone, whole[4:5], atol=1e-5)
    assert training.predictor(small, chunk=3)(images[:0]).shape == (0, 10)


def run(small, monkeypatch, *, epochs=20, gradient=1.0, optimiser=None, **options):
    """Train the small network on a made-up gradient; returns what the hooks were told."""
    told = {"progress": [], "checkpoint": [], "rates": []}
    optimiser = optimiser or torch.optim.SGD(small.parameters(), lr=1.0)
    monkeypatch.setattr(
        training, "progress", lambda step, total, **v: told["progress"].append((step, total, v))
    )

    def checkpoint(step, predict):
        assert not small.training
        told["checkpoint"].append((step, predict))

    monkeypatch.setattr(training, "checkpoint", checkpoint)

    def epoch_gradients():
        assert small.training
        told["rates"].append(optimiser.param_groups[0]["lr"])
        for parameter in small.parameters():
            assert parameter.grad is None
            parameter.grad = torch.full_like(parameter, gradient)
        return 0.5

    training.train_epochs(
        small,
        optimiser,
        epoch_gradients,
        epochs=epochs,
        snapshot=lambda: "a predict",
        **{"checkpoints": 5, **options},
    )
    assert not small.training
    return told


def test_loop_tells_the_hooks(small, monkeypatch):
    told = run(small, monkeypatch)
    assert told["progress"] == [(step, 20, {"loss": 0.5}) for step in range(1, 21)]
    assert told["checkpoint"] == [(step, "a predict") for step in (4, 8, 12, 16, 20)]


@pytest.mark.parametrize(("checkpoints", "steps"), [(0, []), (3, [1, 2, 3]), (10, [1, 2, 3])])
def test_checkpoints_of_a_short_run(small, monkeypatch, checkpoints, steps):
    told = run(small, monkeypatch, epochs=3, checkpoints=checkpoints)
    assert [step for step, _ in told["checkpoint"]] == steps


def test_gradient_is_clipped_by_value(small, monkeypatch):
    before = small.linear.weight.detach().clone()
    run(small, monkeypatch, epochs=1, gradient=-3.0, clip=0.25)
    torch.testing.assert_close(small.linear.weight.detach(), before + 0.25)


def pretended_clock(monkeypatch, durations):
    """The loop looks once before it begins and once before each epoch, these seconds apart."""
    looks = iter(itertools.accumulate([0.0, 0.0, *durations]))
    monkeypatch.setattr(training.time, "monotonic", lambda: next(looks))


def test_as_many_epochs_as_fit(small, monkeypatch):
    pretended_clock(monkeypatch, [10.0] * 100)
    told = run(small, monkeypatch, deadline=81.25)  # of which 65 s may be used
    assert [step for step, *_ in told["progress"]] == [1, 2, 3, 4, 5, 6]
    assert [total for _, total, _ in told["progress"]] == [20, 20, 20, 6, 6, 6]
    assert len(told["checkpoint"]) > 0


@pytest.mark.parametrize(
    ("durations", "epochs"),
    [
        ([10.0] * 3 + [30.0] * 100, 4),  # planned as 6, then the machine slowed down
        ([10.0] * 3 + [1.0] * 100, 6),  # became faster: what was planned is done
        ([40.0] * 100, 1),  # there was never time for two
        ([90.0] * 100, 1),
        ([1.0] * 100, 20),
    ],
)
def test_loop_ends_in_time(small, monkeypatch, durations, epochs):
    pretended_clock(monkeypatch, durations)
    told = run(small, monkeypatch, deadline=81.25)
    assert [step for step, *_ in told["progress"]] == list(range(1, epochs + 1))


def test_fitting_epochs():
    assert training.fitting_epochs(done=3, elapsed=6.0, deadline=100.0) == 40
    assert training.fitting_epochs(done=3, elapsed=6.0, deadline=1.0) == 0
    assert training.fitting_epochs(done=1, elapsed=0.0, deadline=1.0) > 1_000_000


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        (None, [1 - done / 20 for done in range(20)]),
        (81.25, [1, 0.95, 0.9, *(1 - done / 6 for done in (3, 4, 5))]),
    ],
)
def test_schedule_spans_the_epochs_that_fit(small, monkeypatch, deadline, expected):
    pretended_clock(monkeypatch, [10.0] * 100)
    optimiser = torch.optim.SGD(small.parameters(), lr=1.0)
    told = run(
        small,
        monkeypatch,
        optimiser=optimiser,
        deadline=deadline,
        schedule=lambda epochs: torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda done: 1 - done / epochs
        ),
    )
    assert told["rates"] == pytest.approx(expected)
