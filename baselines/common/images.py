"""From the images of the contract to the batches that the methods compute with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

SIDE = 32  # pixels; every method here sees 32x32 RGB, whatever the track gives

# Mean and standard deviation of ImageNet's training images, per RGB channel on a 0..1 scale.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def to_batch(images: np.ndarray) -> Tensor:
    """Images of any track as a float32 tensor [N, 3, 32, 32] in 0..1.

    images: uint8 [N, H, W, C] with C = 1 (the one channel is repeated) or 3.
    Sizes other than 32x32 are resized bilinearly.
    Raises ValueError for another dtype or shape.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            f"images are {images.dtype} {list(images.shape)}; expected uint8 [N, H, W, 1 or 3]"
        )
    channels_first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    batch = torch.from_numpy(channels_first).float() / 255
    if batch.shape[-2:] != (SIDE, SIDE):
        batch = functional.interpolate(
            batch, size=(SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True
        )
    return batch.expand(-1, 3, -1, -1).contiguous()


def normalise(batch: Tensor) -> Tensor:
    """Shift and scale float [N, 3, H, W] in 0..1 by ImageNet's channel statistics."""
    mean = torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1)
    std = torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
    return (batch - mean) / std


def by_chunks(
    scores: Callable[[Tensor], Tensor], chunk: int, threads: int = 1
) -> Callable[[np.ndarray], np.ndarray]:
    """The contract's `predict` from a function of batches: float32 [M, K] for M images.

    scores: maps float32 [N, 3, 32, 32] in 0..1 to float32 [N, K]; gets at most `chunk` images at a
    time, so that memory does not grow with their number. threads: so many chunks at a time, each
    on one core; 1 for all cores on one chunk.
    """

    def part(images: np.ndarray) -> Tensor:
        with torch.inference_mode():
            return scores(to_batch(images))

    def predict(images: np.ndarray) -> np.ndarray:
        parts = [images[start : start + chunk] for start in range(0, max(len(images), 1), chunk)]
        if threads == 1:
            return _joined(map(part, parts))
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return _joined(pool.map(part, parts))

    return predict


def _joined(parts: Iterable[Tensor]) -> np.ndarray:
    result: np.ndarray = torch.cat(list(parts)).numpy()
    return result
