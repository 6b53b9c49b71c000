"""Ridge regression with three kernels together: no network is trained.

Three descriptions of an image, cell by cell (whitened patches, oriented gradients with colours,
windows of gradient maps), are compared by the arc-cosine kernel of Cho and Saul (NIPS 2009) and
averaged. Descriptions that err differently gain more than any one of them made finer.

Published best on 100 images of CIFAR-10: 43.60 +- 0.87 % (Gauthier et al., "Parametric scattering
networks", CVPR 2022), by networks.

Measured on the five final instances of cifar10-100 (JPEG copies), one thread of a 2-core AMD EPYC:
43.45, 46.75, 45.45, 47.75 and 43.05 %, mean 45.29 +- 2.04, in 22 to 25 s of CPU an instance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from hooks import Predict
from images import by_chunks, to_batch
from kernel_ridge import fit_kernels
from torch.nn import functional


def train(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    seed: int,
    cells: Sequence[str],
    filters: int,
    size: int,
    stride: int,
    copies: int,
    penalty: float,
    chunk: int,
    threads: int | None = None,
) -> Predict:
    """Train on images uint8 [N, H, W, C] with labels int64 [N] in 0..K-1.

    The result maps uint8 [M, H, W, C] to scores float32 [M, K], each image for itself.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    scores = fit_kernels(
        to_batch(images),
        functional.one_hot(torch.from_numpy(labels)).float(),
        torch.Generator().manual_seed(seed),
        cells=cells,
        filters=filters,
        size=size,
        stride=stride,
        copies=copies,
        penalty=penalty,
    )
    return by_chunks(scores, chunk)
