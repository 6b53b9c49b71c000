"""Deeper networks see 32x32 pixels at full size, and have the sizes known of them."""

from __future__ import annotations

import deeper
import pytest
import torch

from submission_kit import torchvision_guard

torchvision_guard.install()

# Millions of parameters in torchvision's table, of 1000 classes.
MILLIONS = {
    "resnet18": 11.690,
    "resnet50": 25.557,
    "resnext50_32x4d": 25.029,
    "densenet121": 7.979,
}
WIDTHS = {"resnet18": 512, "resnet50": 2048, "resnext50_32x4d": 2048, "densenet121": 1024}


@pytest.mark.parametrize("name", deeper.NAMES)
def test_sizes(name):
    with torch.device("meta"):
        network = deeper.deeper(name, outputs=10)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    last = 990 * (WIDTHS[name] + 1)
    first = 3 * 64 * (7 * 7 - 3 * 3)
    assert (parameters + last + first) / 1e6 == pytest.approx(MILLIONS[name], abs=6e-4)


@pytest.mark.parametrize("name", deeper.NAMES)
def test_images_are_not_shrunk_at_once(name):
    with torch.device("meta"):
        network = deeper.deeper(name, outputs=10).eval()
        stages = network.features if name == "densenet121" else network
        first = stages.denseblock1 if name == "densenet121" else stages.layer1
        seen = []
        first.register_forward_hook(lambda *hooked: seen.append(hooked[2].shape[-2:]))
        assert network(torch.rand(2, 3, 32, 32)).shape == (2, 10)
    assert seen == [(32, 32)]


def test_another_name_is_refused():
    with pytest.raises(ValueError, match="vgg16"):
        deeper.deeper("vgg16", outputs=10)
