"""A small residual network on maps of 8 x 8 cells, and a step of its training.

With width w and C maps:

    input       N x  C x 8 x 8
    narrow      N x  w x 8 x 8    1 x 1 convolution: most maps say much the same
    layer1      N x  w x 8 x 8
    layer2      N x 2w x 4 x 4    pooled
    residual    N x 2w x 4 x 4
    maximum     N x 2w            over the 4 x 4 positions
    linear      N x outputs
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from map_pool import MapPool
from mixing import mix
from networks import Residual, convolution
from torch import Generator, Tensor, nn
from torch.nn import functional

SMOOTHING = 0.1  # share of a target that is spread over all classes
MIXED = 0.5  # share of the steps that train on mixed images


def map_network(maps: int, width: int, outputs: int) -> nn.Sequential:
    """The network above with PyTorch's default initialisation (from the global generator)."""
    return nn.Sequential(
        OrderedDict(
            narrow=nn.Sequential(
                nn.Conv2d(maps, width, kernel_size=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
            ),
            layer1=convolution(width, width),
            layer2=convolution(width, 2 * width, pool=True),
            residual=Residual(2 * width),
            maximum=nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
            linear=nn.Linear(2 * width, outputs),
        )
    ).to(memory_format=torch.channels_last)


def gradients(network: nn.Module, pool: MapPool, targets: Tensor, generator: Generator) -> float:
    """Forward and backward over one copy of every image, half of the time mixed; the mean loss.

    targets: float [N, K]. Cross-entropy with label smoothing.
    """
    batch = pool.draw(generator)
    if torch.rand((), generator=generator) < MIXED:
        batch, targets = mix(batch, targets, generator)
    scores = network(batch.contiguous(memory_format=torch.channels_last))
    loss = functional.cross_entropy(scores, targets, label_smoothing=SMOOTHING)
    loss.backward()
    value: float = loss.item()
    return value
