"""What the convolutions of ResNet9 take directly and by Winograd's tiles, and a whole step.

    python benchmarks/convolutions.py [--rounds N]

For the published widths and the 100 images of a step, on one thread: seconds of each layer forward
and backward, and what remains of the direct time by tiles. Layers below `winograd.WORTHWHILE` are
shown too, which is how it was chosen. Each figure is the smallest of several rounds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from commands import smallest
from torch import Tensor
from torch.nn import functional
from trials import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "baselines" / "common"))

from networks import resnet9
from training import forward
from winograd import by_tiles, use_winograd

IMAGES = 100
CHANNELS = (64, 128, 256, 512, 1028)
LAYERS = {
    "layer1": (64, 128, 32),
    "residual1": (128, 128, 16),
    "layer2": (128, 256, 16),
    "layer3": (256, 512, 8),
    "residual2": (512, 512, 4),
    "layer4": (512, 1028, 4),
    "residual3": (1028, 1028, 2),
}
"""Input and output channels, and the side of the maps."""


def main() -> None:
    """Print a line for each layer, then the step."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    print(describe(f"torch {torch.__version__}, one thread, smallest of {rounds} rounds"))
    print("                              direct   by tiles")
    for name, (inputs, outputs, side) in LAYERS.items():
        images = torch.randn(IMAGES, inputs, side, side)
        images = images.contiguous(memory_format=torch.channels_last).requires_grad_()
        weight = torch.randn(outputs, inputs, 3, 3).contiguous(memory_format=torch.channels_last)
        weight.requires_grad_()
        direct = smallest(rounds, pass_of(functional.conv2d, images, weight, padding=1))
        tiles = smallest(rounds, pass_of(by_tiles, images, weight, side=min(side, 4)))
        shape = f"{inputs}->{outputs}, {side} x {side}"
        print(f"{name:10} {shape:18} {direct:6.3f} s  {tiles:6.3f} s  {tiles / direct:4.0%}")
    direct, tiles = (smallest(rounds, step_of(winograd)) for winograd in (False, True))
    print(f"{'a step':29} {direct:6.3f} s  {tiles:6.3f} s  {tiles / direct:4.0%}")


def pass_of(
    convolve: Callable[..., Tensor], images: Tensor, weight: Tensor, **options: int
) -> Callable[[], None]:
    """Return what runs one convolution forward and backward."""

    def run() -> None:
        outputs = convolve(images, weight, **options)
        outputs.backward(torch.ones_like(outputs))
        images.grad = weight.grad = None

    return run


def step_of(winograd: bool) -> Callable[[], None]:
    """Return what takes one step of Adam with the whole network."""
    network = resnet9(CHANNELS, outputs=10)
    if winograd:
        use_winograd(network)
    network = network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
    images = torch.rand(IMAGES, 3, 32, 32)

    def run() -> None:
        optimiser.zero_grad(set_to_none=True)
        forward(network, images).square().mean().backward()
        optimiser.step()

    return run


if __name__ == "__main__":
    main()
