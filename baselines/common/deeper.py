"""Deeper networks from torchvision, untrained, with their first layers fitted to 32x32 images.

Built for 224x224 pixels, they begin by shrinking the image to a quarter of its side. Here the first
convolution is 3x3 with stride 1, and the pooling after it is left out, as is usual for CIFAR-10.
"""

from __future__ import annotations

from torch import nn

NAMES = ("resnet18", "resnet50", "resnext50_32x4d", "densenet121")


def deeper(name: str, outputs: int) -> nn.Module:
    """One of `NAMES`, with torchvision's initialisation (from the global generator).

    Raises ValueError for any other name.
    """
    if name not in NAMES:
        raise ValueError(f"network is {name!r}; expected resnet9, {', '.join(NAMES)}")
    from torchvision import models  # takes a second, and ResNet9 needs none of it

    network: nn.Module = getattr(models, name)(weights=None, num_classes=outputs)
    if name == "densenet121":
        network.features.conv0 = _first(network.features.conv0)
        network.features.pool0 = nn.Identity()
    else:
        network.conv1 = _first(network.conv1)
        network.maxpool = nn.Identity()
    return network


def _first(replaced: nn.Conv2d) -> nn.Conv2d:
    first = nn.Conv2d(3, replaced.out_channels, kernel_size=3, padding=1, bias=False)
    nn.init.kaiming_normal_(first.weight, mode="fan_out", nonlinearity="relu")
    return first
