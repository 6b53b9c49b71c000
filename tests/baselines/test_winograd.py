"""Convolutions by tiles are PyTorch's own convolutions, outputs and gradients alike."""

from __future__ import annotations

import deeper
import networks
import pytest
import torch
import winograd
from torch.nn import functional

from submission_kit import torchvision_guard

torchvision_guard.install()


@pytest.mark.parametrize(
    ("height", "width", "side"), [(8, 12, 4), (8, 12, 2), (4, 4, 4), (2, 2, 2), (6, 2, 2)]
)
def test_by_tiles_is_a_convolution(height: int, width: int, side: int) -> None:
    torch.manual_seed(0)
    inputs = torch.randn(3, 5, height, width, requires_grad=True)
    weight = torch.randn(7, 5, 3, 3, requires_grad=True)
    gradient = torch.randn(3, 7, height, width)

    outputs = winograd.by_tiles(inputs, weight, side)
    direct = functional.conv2d(inputs, weight, padding=1)
    torch.testing.assert_close(outputs, direct, rtol=0, atol=1e-4)
    found = torch.autograd.grad(outputs, (inputs, weight), gradient)
    expected = torch.autograd.grad(direct, (inputs, weight), gradient)
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-4)


def test_what_pays_is_replaced_and_the_network_stays_the_same() -> None:
    torch.manual_seed(0)
    network = networks.resnet9((8, 128, 128, 16, 128), outputs=10).eval()
    images = torch.rand(2, 3, 32, 32)
    parameters = {id(parameter) for parameter in network.parameters()}
    before = network(images)

    winograd.use_winograd(network)
    replaced = [
        name for name, module in network.named_modules() if isinstance(module, winograd.Convolution)
    ]
    assert replaced == [
        "residual1.body.0.0",
        "residual1.body.1.0",
        "layer2.0",
        "residual3.body.0.0",
        "residual3.body.1.0",
    ]
    assert {id(parameter) for parameter in network.parameters()} == parameters
    torch.testing.assert_close(network(images), before, rtol=1e-4, atol=1e-5)


def test_strides_groups_and_other_kernels_stay() -> None:
    network = deeper.deeper("resnext50_32x4d", outputs=10)
    winograd.use_winograd(network)
    assert not any(isinstance(module, winograd.Convolution) for module in network.modules())
    network = deeper.deeper("resnet18", outputs=10)
    winograd.use_winograd(network)
    left = [module for module in network.modules() if type(module) is torch.nn.Conv2d]
    assert {(module.in_channels, module.stride[0]) for module in left} >= {(64, 2), (256, 2)}


@pytest.mark.parametrize("sides", [(3, 3), (4, 6), (2, 5)])
def test_sides_that_no_tile_divides(sides: tuple[int, int]) -> None:
    weight = torch.nn.Parameter(torch.randn(4, 4, 3, 3))
    inputs = torch.randn(1, 4, *sides)
    found = winograd.Convolution(weight)(inputs)
    torch.testing.assert_close(
        found, functional.conv2d(inputs, weight, padding=1), rtol=0, atol=1e-4
    )


def test_sixteen_bits_are_left_to_the_processor() -> None:
    weight = torch.nn.Parameter(torch.randn(4, 4, 3, 3))
    inputs = torch.randn(1, 4, 4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        found = winograd.Convolution(weight)(inputs)
        expected = functional.conv2d(inputs, weight, padding=1)
    assert found.dtype == torch.bfloat16
    assert torch.equal(found, expected)
