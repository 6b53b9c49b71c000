"""A kernel method and small networks on fixed maps, whose scores are added.

Each errs in its own way; the sum is better than the best of them. Every image is predicted alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import torch
from augment import strong
from hooks import Predict
from images import by_chunks, to_batch
from kernel_ridge import fit_kernels
from map_network import MapNetwork, gradients
from map_pool import fill_pool
from maps import named_maps
from patch_filters import draw_filters
from side_by_side import train_side_by_side
from torch import Generator, Tensor, nn
from torch.nn import functional


def train(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    seed: int,
    networks: Sequence[Sequence[str]],
    width: int,
    steps: int,
    learning_rate: float,
    weight_decay: float,
    decay: float,
    pool: int,
    filters: int,
    size: int,
    kernels: Sequence[Mapping[str, Any]],
    kernel_weight: float,
    checkpoints: int,
    chunk: int,
    threads: int | None = None,
    deadline: float | None = None,
) -> Predict:
    """Train on images uint8 [N, H, W, C] with labels int64 [N] in 0..K-1.

    networks: for each, the maps that it sees, see `maps`. kernels: for each kernel machine, what it
    is made of, see `kernel_ridge.fit_kernels`. The scores of the networks are averaged, those of
    the kernel machines too, and these added with their weight.
    The result maps uint8 [M, H, W, C] to scores float32 [M, K].
    """
    started = time.monotonic()
    cores = threads or 1
    # Cores are shared out by threads of our own: torch's wait for each other, and beside other work
    # they wait long.
    torch.set_num_threads(1)
    seeds = _Seeds(seed)
    batch = to_batch(images)
    targets = functional.one_hot(torch.from_numpy(labels)).float()
    bank = draw_filters(batch, size, 1, filters, seeds.generator())
    families = {name: named_maps(name, bank) for name in sorted({*chain(*networks)})}

    with ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,)) as executor:
        fitting = [
            executor.submit(fit_kernels, batch, targets, seeds.generator(), **kernel)
            for kernel in kernels
        ]
        copies = seeds.next()
        filling = {
            name: executor.submit(fill_pool, batch, maps, strong, pool, copies)
            for name, maps in families.items()
        }
        machines = [fitted.result() for fitted in fitting]
        pools = {name: filled.result() for name, filled in filling.items()}

    torch.manual_seed(seeds.next())  # the initial weights
    seen = [[pools[name] for name in names] for names in networks]
    fresh = [
        MapNetwork(sum(each.shape[2] for each in ours), width, targets.shape[1]) for ours in seen
    ]

    def predictor(trained: Iterable[nn.Module]) -> Predict:
        def scores(images: Tensor) -> Tensor:
            total = kernel_weight * sum(machine(images) for machine in machines) / len(machines)
            for view in (images, images.flip(-1)):
                described = {name: maps(view) for name, maps in families.items()}
                for network, names in zip(trained, networks, strict=True):
                    inputs = torch.cat([described[name] for name in names], 1)
                    total += network(inputs) / (2 * len(networks))
            return total

        return by_chunks(scores, chunk, cores)

    left = None if deadline is None else deadline - (time.monotonic() - started)
    trained = train_side_by_side(
        fresh,
        [
            partial(gradients, network, ours, targets, seeds.generator())
            for network, ours in zip(fresh, seen, strict=True)
        ],
        steps=steps,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        decay=decay,
        checkpoints=checkpoints,
        snapshot=predictor,
        threads=cores,
        deadline=left,
    )
    return predictor(trained)


class _Seeds:
    """One seed for each purpose, so that what one draws does not change what another does."""

    def __init__(self, seed: int) -> None:
        self._sequence = np.random.SeedSequence(seed)

    def next(self) -> int:
        return int(self._sequence.spawn(1)[0].generate_state(1)[0])

    def generator(self) -> Generator:
        return Generator().manual_seed(self.next())
