"""A small convolutional network: the baseline that the contest itself gave.

Four convolutions and a linear layer, fifty steps of plain gradient descent on all the images at
once, without augmentation.

    input          N x  3 x 32 x 32
    convolution    N x 16 x 30 x 30
    convolution    N x 16 x 14 x 14    stride 2
    convolution    N x 32 x 12 x 12
    convolution    N x 32 x  5 x  5    stride 2
    linear         N x classes         from 800

Measured on the five final instances of cifar10-100 (JPEG copies), one thread of a 2-core AMD EPYC:
13.80, 15.75, 12.50, 20.55 and 14.25 %, mean 15.37 +- 3.12, in 5 s an instance.
"""

from __future__ import annotations

import numpy as np
import torch
from hooks import Predict
from images import to_batch
from torch import nn
from torch.nn import functional
from training import forward, predictor, train_epochs


def train(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    seed: int,
    epochs: int,
    learning_rate: float,
    momentum: float,
    weight_decay: float,
    checkpoints: int,
    chunk: int,
    threads: int | None = None,
    deadline: float | None = None,
) -> Predict:
    """Train on images uint8 [N, H, W, C] with labels int64 [N] in 0..K-1.

    The result maps uint8 [M, H, W, C] to scores float32 [M, K].
    """
    if threads is not None:
        torch.set_num_threads(threads)
    torch.manual_seed(seed)  # the initial weights
    batch, classes = to_batch(images), torch.from_numpy(labels)
    network = cnn(outputs=int(classes.max()) + 1)
    optimiser = torch.optim.SGD(
        network.parameters(), learning_rate, momentum=momentum, weight_decay=weight_decay
    )

    def epoch_gradients() -> float:
        loss = functional.cross_entropy(forward(network, batch), classes)
        loss.backward()
        value: float = loss.item()
        return value

    predict = predictor(network, chunk)
    train_epochs(
        network,
        optimiser,
        epoch_gradients,
        epochs=epochs,
        checkpoints=checkpoints,
        snapshot=lambda: predict,
        deadline=deadline,
    )
    return predict


def cnn(outputs: int) -> nn.Sequential:
    """The network above, with PyTorch's default initialisation."""
    return nn.Sequential(
        nn.Conv2d(3, 16, kernel_size=3),
        nn.ReLU(),
        nn.Conv2d(16, 16, kernel_size=3, stride=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, kernel_size=3),
        nn.ReLU(),
        nn.Conv2d(32, 32, kernel_size=3, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(800, outputs),
    )
