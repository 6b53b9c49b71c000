"""Several networks trained at the same time, a thread each.

A thread a network uses the cores better than all cores for one network, whose steps are short. All
networks take each step together, so one schedule and one deadline hold for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
from averaging import running_average
from hooks import Predict
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from training import matrices_decay, train_epochs


def train_side_by_side(
    networks: Sequence[nn.Module],
    gradients: Sequence[Callable[[], float]],
    *,
    steps: int,
    learning_rate: float,
    weight_decay: float,
    decay: float,
    checkpoints: int,
    snapshot: Callable[[Iterable[nn.Module]], Predict],
    threads: int,
    deadline: float | None,
) -> Iterable[nn.Module]:
    """Train with AdamW under a one-cycle schedule; returns the running averages, for evaluation.

    gradients: for each network, runs forward and backward and returns the loss.
    learning_rate: the schedule's peak; weight_decay: of weights, not of biases and the like; decay:
    of the average, a step; deadline: seconds left, see `training.train_epochs`.
    """
    together = nn.ModuleList(networks)
    average = running_average(together, decay)
    optimiser = torch.optim.AdamW(matrices_decay(together, weight_decay), lr=learning_rate)
    optimiser.register_step_post_hook(lambda *_: average.update_parameters(together))
    workers = min(threads, len(networks))
    with ThreadPoolExecutor(
        workers, initializer=torch.set_num_threads, initargs=(max(1, threads // workers),)
    ) as executor:

        def step() -> float:
            losses = list(executor.map(lambda run: run(), gradients))
            return sum(losses) / len(losses)

        train_epochs(
            together,
            optimiser,
            step,
            epochs=steps,
            checkpoints=checkpoints,
            snapshot=lambda: snapshot(average.module),
            schedule=partial(OneCycleLR, optimiser, learning_rate),
            deadline=deadline,
        )
    averaged: Iterable[nn.Module] = average.module.eval()
    return averaged
