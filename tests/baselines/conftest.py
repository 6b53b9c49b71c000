"""Loads baselines as the harness does: their shared files on the path, `submission.py` by file."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import yaml

import baselines

COMMON = baselines.path("knn").parent / "common"

# At the end, so that no shared file can hide an installed module from other tests.
if str(COMMON) not in sys.path:
    sys.path.append(str(COMMON))


# Threads that wait for each other make small steps slower, and much slower beside other work.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def load() -> Callable[[str], ModuleType]:
    """`load(name)`: the module of a baseline, under a name of its own."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(
            f"baseline_{name}", baselines.path(name) / "submission.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def settings() -> Callable[[str], dict[str, Any]]:
    """`settings(name)`: what a baseline's `submission.yaml` says."""
    return lambda name: yaml.safe_load((baselines.path(name) / "submission.yaml").read_text())


@pytest.fixture
def batch() -> torch.Tensor:
    """float32 [12, 3, 32, 32]: noise, smooth colours, greys, black and white."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(6, 3, 32, 32, generator=generator)
    smooth = torch.nn.functional.interpolate(
        torch.rand(3, 3, 4, 4, generator=generator), size=(32, 32), mode="bilinear"
    )
    grey = torch.rand(1, 1, 32, 32, generator=generator).expand(1, 3, 32, 32)
    flat = torch.stack([torch.zeros(3, 32, 32), torch.ones(3, 32, 32)])
    return torch.cat([noise, smooth, grey, flat])


@pytest.fixture(scope="session")
def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """100 training and 400 test images, uint8 [N, 32, 32, 3], of scikit-learn's digits."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = (data.images / 16 * 255).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)
    images = np.repeat(images[..., None], 3, axis=3)
    labels = data.target.astype(np.int64)
    order = np.random.default_rng(0).permutation(len(labels))
    train = np.concatenate([order[labels[order] == digit][:10] for digit in range(10)])
    test = np.setdiff1d(order, train)[:400]
    return images[train], labels[train], images[test], labels[test]
