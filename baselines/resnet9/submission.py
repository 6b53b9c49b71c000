"""ResNet9 with the cosine loss of Barz and Denzler (WACV 2020).

The method of the report "Learning from limited data with resource constraints" (2021), with its
hyper-parameters: every epoch all the images are augmented afresh and make one step of Adam under a
one-cycle schedule. Published accuracy on the five instances of cifar10-100: 36.45, 37.95, 39.00,
44.30 and 36.70 %, mean 38.88 +- 2.86, in 155 s an instance on a GPU.

Measured on those instances (JPEG copies), all 700 epochs: 36.25, 36.75, 38.40, 42.85 and 36.10 %,
mean 38.07 +- 2.82, in 42 to 49 minutes of CPU on one thread of a 2-core AMD EPYC without AVX-512,
whose other core was as busy; the first took 83 minutes, without `winograd`, which changes no more
than rounding. Five instances do not fit two hours there; then as many epochs are planned as fit.
Two settings cost less:

- fast, where the processor has AVX-512 or bfloat16, by widths that are multiples of 16:
  `channels=[64,128,256,512,1024]`, `bfloat16=true`;
- small, a quarter of the time anywhere: `channels=[32,64,128,128,256]`, `learning_rate=0.002`;
  36.00, 38.20, 37.65, 41.50 and 34.95 %, mean 37.66 +- 2.51, in 666 to 688 s of CPU.

`network=resnet18` (resnet50, resnext50_32x4d, densenet121) trains a deeper network likewise, and
loses: ResNet-18 reaches 33.70 % on final instance 1.

The loss is 1 - cos(scores, one-hot target): it asks for the direction of the scores and leaves
their length free, which spares a network with few images from growing its weights without end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from augment import published
from deeper import deeper
from hooks import Predict
from images import to_batch
from networks import resnet9
from torch import nn
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR
from training import forward, has_bfloat16, predictor, train_epochs
from winograd import use_winograd


def train(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    seed: int,
    network: str,
    channels: Sequence[int],
    bfloat16: bool,
    epochs: int,
    learning_rate: float,
    weight_decay: float,
    clip: float,
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
    generator = torch.Generator().manual_seed(seed)  # the augmentation

    batch = to_batch(images)
    targets = functional.one_hot(torch.from_numpy(labels)).float()
    outputs = targets.shape[1]
    model = resnet9(channels, outputs) if network == "resnet9" else deeper(network, outputs)
    use_winograd(model)
    model = model.to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate, weight_decay=weight_decay)
    half = bfloat16 and has_bfloat16()
    criterion = nn.CosineEmbeddingLoss()
    alike = torch.ones(len(batch))  # tells the criterion that score and target should agree

    def epoch_gradients() -> float:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            scores = forward(model, published(batch, generator))
        loss = criterion(scores.float(), targets, alike)
        loss.backward()
        value: float = loss.item()
        return value

    predict = predictor(model, chunk)
    train_epochs(
        model,
        optimiser,
        epoch_gradients,
        epochs=epochs,
        checkpoints=checkpoints,
        snapshot=lambda: predict,
        clip=clip,
        schedule=partial(OneCycleLR, optimiser, learning_rate),
        deadline=deadline,
    )
    return predict
