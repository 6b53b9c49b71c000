"""What the convolutions of the networks take directly and by Winograd's tiles, and a whole step.

    python benchmarks/convolutions.py [--rounds N]

For ResNet9 of the published widths and the networks on fixed maps, with the 100 images of a step,
on one thread: seconds of each layer forward and backward, and what remains of the direct time by
tiles. Layers below `winograd.WORTHWHILE` are shown too, which is how it was chosen. Each figure is
the smallest of several rounds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from commands import smallest
from torch import Tensor, nn
from torch.nn import functional
from trials import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "baselines" / "common"))

from map_network import MapNetwork
from networks import resnet9
from winograd import Convolution, by_tiles, use_winograd

IMAGES = 100
LAYERS = {
    "resnet9": [
        (64, 128, 32),
        (128, 128, 16),
        (128, 256, 16),
        (256, 512, 8),
        (512, 512, 4),
        (512, 1028, 4),
        (1028, 1028, 2),
    ],
    "flagship": [(96, 96, 8), (96, 192, 8), (192, 192, 4)],
    "scatter": [(64, 64, 8), (64, 128, 8), (128, 128, 4)],
}
"""Input and output channels, and the side of the maps. A residual block has two of its layer."""


def main() -> None:
    """Print a line for each layer, then the step."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    print(describe(f"torch {torch.__version__}, one thread, smallest of {rounds} rounds"))
    for baseline, layers in LAYERS.items():
        print(f"{baseline:22} direct   by tiles")
        for inputs, outputs, side in layers:
            images = torch.randn(IMAGES, inputs, side, side)
            images = images.contiguous(memory_format=torch.channels_last).requires_grad_()
            weight = torch.randn(outputs, inputs, 3, 3)
            weight = weight.contiguous(memory_format=torch.channels_last).requires_grad_()
            direct = smallest(rounds, pass_of(functional.conv2d, images, weight, padding=1))
            tiles = smallest(rounds, pass_of(by_tiles, images, weight, side=min(side, 4)))
            report(f"{inputs}->{outputs}, {side} x {side}", direct, tiles)
        direct, tiles = (smallest(rounds, step_of(baseline, tiles)) for tiles in (False, True))
        report("a step", direct, tiles)


def report(what: str, direct: float, tiles: float) -> None:
    """Print a line of the table."""
    print(f"{what:20} {direct:6.3f} s  {tiles:6.3f} s  {tiles / direct:4.0%}")


def pass_of(
    convolve: Callable[..., Tensor], images: Tensor, weight: Tensor, **options: int
) -> Callable[[], None]:
    """Return what runs one convolution forward and backward."""

    def run() -> None:
        outputs = convolve(images, weight, **options)
        outputs.backward(torch.ones_like(outputs))
        images.grad = weight.grad = None

    return run


def step_of(baseline: str, tiles: bool) -> Callable[[], None]:
    """Return what takes one step of Adam with the whole network, flagship's with all maps."""
    if baseline == "resnet9":
        network = resnet9((64, 128, 256, 512, 1028), outputs=10)
        images = torch.rand(IMAGES, 3, 32, 32)
        if tiles:
            use_winograd(network)
    else:
        maps, width = {"flagship": (565, 96), "scatter": (243, 64)}[baseline]
        network = MapNetwork(maps, width, outputs=10)
        images = torch.rand(IMAGES, maps, 8, 8)
        if not tiles:
            use_conv2d(network)
    network = network.to(memory_format=torch.channels_last)
    images = images.contiguous(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)

    def run() -> None:
        optimiser.zero_grad(set_to_none=True)
        network(images).square().mean().backward()
        optimiser.step()

    return run


def use_conv2d(network: nn.Module) -> None:
    """Have convolutions by tiles done directly."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, Convolution):
                outputs, inputs = child.weight.shape[:2]
                direct = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False)
                setattr(parent, name, direct)


if __name__ == "__main__":
    main()
