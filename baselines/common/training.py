"""The training loop, and the evaluation of a trained network on images of any number."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from hooks import Predict, checkpoint, progress
from images import by_chunks, normalise
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

RESERVE = 0.2  # share of the time left that is kept for what follows training
TIMED = 3  # epochs whose time tells how many fit the deadline


def train_epochs(
    network: nn.Module,
    optimiser: Optimizer,
    epoch_gradients: Callable[[], float],
    *,
    epochs: int,
    checkpoints: int,
    snapshot: Callable[[], Predict],
    clip: float | None = None,
    schedule: Callable[[int], LRScheduler] | None = None,
    deadline: float | None = None,
) -> None:
    """Take one optimiser step an epoch; leaves the network in evaluation mode.

    epoch_gradients: runs forward and backward over the epoch's batches, returns the mean loss.
    checkpoints: how many times, evenly spread, `snapshot()` is offered for scoring; 0 for never.
    clip: every component of the gradient is limited to -clip..clip.
    schedule: gives the optimiser's schedule over so many epochs.
    deadline: seconds left. Where the first epochs tell that not all of them fit, fewer are planned,
    and the schedule spans those; should the machine then slow down, training ends early.
    """
    started = time.monotonic()
    rates = schedule(epochs) if schedule is not None else None
    epoch = 0
    while epoch < epochs:
        elapsed = time.monotonic() - started
        if deadline is not None and epoch > 0:
            fitting = fitting_epochs(epoch, elapsed, deadline)
            if fitting <= epoch:
                break
            if epoch == TIMED and fitting < epochs:
                epochs = fitting
                if schedule is not None:
                    rates = _resumed(schedule(epochs), epoch)
        epoch += 1
        network.train()
        optimiser.zero_grad(set_to_none=True)
        loss = epoch_gradients()
        if clip is not None:
            nn.utils.clip_grad_value_(network.parameters(), clip)
        optimiser.step()
        if rates is not None:
            rates.step()
        progress(epoch, epochs, loss=loss)
        if epoch * checkpoints // epochs > (epoch - 1) * checkpoints // epochs:
            network.eval()
            checkpoint(epoch, snapshot())
    network.eval()


def fitting_epochs(done: int, elapsed: float, deadline: float) -> int:
    """How many epochs, those done included, end before the last `RESERVE` of the deadline.

    done: at least one, and they took `elapsed` of the `deadline` seconds.
    """
    return int((1 - RESERVE) * deadline * done / max(elapsed, 1e-9))


def _resumed(rates: LRScheduler, done: int) -> LRScheduler:
    for _ in range(done):
        rates.step()
    return rates


def matrices_decay(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Parameter groups for an optimiser: weights decay, biases and batch norm's factors do not."""
    weights = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    return [
        {"params": weights, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def has_bfloat16() -> bool:
    """Whether the processor computes with 16-bit brain floats; elsewhere they are slower."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def forward(network: nn.Module, batch: Tensor) -> Tensor:
    """Outputs float32 [N, D] for float32 [N, 3, 32, 32] in 0..1; gradients flow if enabled."""
    # Channels last in memory: small networks are up to twice as fast so, large ones about equal.
    inputs = normalise(batch).contiguous(memory_format=torch.channels_last)
    outputs: Tensor = network(inputs)
    return outputs


def evaluate(network: nn.Module, batch: Tensor, chunk: int) -> Tensor:
    """As `forward`, `chunk` images at a time, so memory does not grow with their number.

    The network must be in evaluation mode: then no image's output depends on the others.
    """
    with torch.no_grad():
        return torch.cat([forward(network, part) for part in batch.split(chunk)])


def predictor(network: nn.Module, chunk: int) -> Predict:
    """The contract's `predict` for a network that ends in class scores: float32 [M, K]."""
    return by_chunks(lambda batch: evaluate(network, batch, chunk), chunk)
