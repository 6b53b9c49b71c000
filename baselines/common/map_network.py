"""A small residual network on maps of 8 x 8 cells, and a step of its training.

With width w and C maps:

    input       N x  C x 8 x 8
    norm        N x  C x 8 x 8    batch norm without weights: maps of all families alike
    narrow      N x  w x 8 x 8    1 x 1 convolution: many maps say much the same
    layer1      N x  w x 8 x 8
    layer2      N x 2w x 4 x 4    pooled
    residual    N x 2w x 4 x 4
    maximum     N x 2w            over the 4 x 4 positions
    linear      N x outputs
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from map_pool import MapPool, draw
from mixing import mix
from networks import Residual, convolution
from torch import Generator, Tensor, nn
from torch.nn import functional
from winograd import Convolution

SMOOTHING = 0.1  # share of a target that is spread over all classes
MIXED = 0.5  # share of the steps that train on mixed images
DROPPED = 0.1  # share of the maps that an image loses in a step


class MapNetwork(nn.Module):  # type: ignore[misc]  # torch is not followed by the type check
    """The network above with PyTorch's default initialisation (from the global generator)."""

    def __init__(self, maps: int, width: int, outputs: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(maps, affine=False)
        self.body = nn.Sequential(
            OrderedDict(
                narrow=nn.Sequential(
                    nn.Conv2d(maps, width, kernel_size=1, bias=False),
                    nn.BatchNorm2d(width),
                    nn.ReLU(inplace=True),
                ),
                layer1=convolution(width, width),
                layer2=convolution(width, 2 * width, pool=True),
                residual=Residual(2 * width),
                maximum=nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
                linear=nn.Linear(2 * width, outputs),
            )
        )
        for block in (self.body.layer1, self.body.layer2, *self.body.residual.body):
            block[0] = Convolution(block[0].weight)  # on maps this small tiles always pay
        self.to(memory_format=torch.channels_last)

    def forward(self, maps: Tensor, dropping: Generator | None = None) -> Tensor:
        """Scores float [N, outputs] for float [N, C, 8, 8].

        dropping: where it is given, each image loses some maps at random, the others grow to match.
        """
        inputs = self.norm(maps.contiguous(memory_format=torch.channels_last))
        if dropping is not None:
            # torch's own dropout draws from the global generator, which threads would share.
            kept = torch.rand(*maps.shape[:2], 1, 1, generator=dropping) >= DROPPED
            inputs = inputs * (kept / (1 - DROPPED))
        scores: Tensor = self.body(inputs)
        return scores


def gradients(
    network: MapNetwork, pools: Sequence[MapPool], targets: Tensor, generator: Generator
) -> float:
    """Forward and backward over one copy of every image, half of the time mixed; the mean loss.

    targets: float [N, K]. Cross-entropy with label smoothing.
    """
    batch = draw(pools, generator)
    if torch.rand((), generator=generator) < MIXED:
        batch, targets = mix(batch, targets, generator)
    scores = network(batch, generator)
    loss = functional.cross_entropy(scores, targets, label_smoothing=SMOOTHING)
    loss.backward()
    value: float = loss.item()
    return value
