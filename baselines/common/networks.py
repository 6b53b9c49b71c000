"""ResNet9, the small residual network of fast CIFAR-10 training, for 32x32 RGB images.

With widths c0..c4 (`channels`) and a batch of N images:

    input       N x  3 x 32 x 32
    stem        N x c0 x 32 x 32
    layer1      N x c1 x 16 x 16    pooled
    residual1   N x c1 x 16 x 16
    layer2      N x c2 x  8 x  8    pooled
    layer3      N x c3 x  4 x  4    pooled
    residual2   N x c3 x  4 x  4
    layer4      N x c4 x  2 x  2    pooled
    residual3   N x c4 x  2 x  2
    maximum     N x c4              over the 2 x 2 positions
    linear      N x outputs
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn


def resnet9(channels: Sequence[int], outputs: int) -> nn.Sequential:
    """The network above with PyTorch's default initialisation (from the global generator).

    channels: the five widths c0..c4.
    """
    c0, c1, c2, c3, c4 = channels
    return nn.Sequential(
        OrderedDict(
            stem=convolution(3, c0),
            layer1=convolution(c0, c1, pool=True),
            residual1=Residual(c1),
            layer2=convolution(c1, c2, pool=True),
            layer3=convolution(c2, c3, pool=True),
            residual2=Residual(c3),
            layer4=convolution(c3, c4, pool=True),
            residual3=Residual(c4),
            maximum=nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
            linear=nn.Linear(c4, outputs),
        )
    )


def convolution(inputs: int, outputs: int, *, pool: bool = False) -> nn.Sequential:
    """3x3 convolution, batch norm, ReLU; with `pool`, the maximum of each 2x2 after that."""
    layers: list[nn.Module] = [
        # Batch norm subtracts the mean and adds its own bias: one here would have no effect.
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]
    if pool:
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


class Residual(nn.Module):  # type: ignore[misc]  # torch is not followed by the type check
    """Two convolutions of the same width whose result is added to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(convolution(width, width), convolution(width, width))

    def forward(self, inputs: Tensor) -> Tensor:
        """float [N, width, H, W] to the same shape."""
        total: Tensor = inputs + self.body(inputs)
        return total
