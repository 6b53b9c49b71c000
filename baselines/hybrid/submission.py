"""A network learns where to put the images, a classical method learns to tell them apart there.

The second method of the report "Learning from limited data with resource constraints" (2021):
ResNet9 whose last layer gives an embedding instead of class scores is trained with the triplet
loss, then a support vector machine is fitted to the embeddings of the images and of augmented
copies. Published accuracy: 34.92 +- 0.45 %, in 2692 s on a GPU.

The published size takes ten passes of a wide network for each of its 400 steps. Here the network is
narrow, a step takes one pass, its learning rate rises and falls, and the augmentation is stronger;
`submission.yaml` says the published values beside ours. An image and its mirror image share one
embedding, their mean. It is divided by its length: without that the network meets the margin by
growing it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
import torch
from augment import published, strong
from copies import with_copies
from hooks import Predict
from images import to_batch
from networks import resnet9
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from torch import Generator, Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR
from training import evaluate, forward, matrices_decay, train_epochs
from triplets import choose_negatives, positive_pairs


def train(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    seed: int,
    channels: Sequence[int],
    embedding: int,
    epochs: int,
    batches: int,
    learning_rate: float,
    weight_decay: float,
    one_cycle: bool,
    augmentation: str,
    margin: float,
    hard: float,
    semihard: float,
    head: str,
    neighbours: int,
    copies: int,
    checkpoints: int,
    chunk: int,
    threads: int | None = None,
    deadline: float | None = None,
) -> Predict:
    """Train on images uint8 [N, H, W, C] with labels int64 [N] in 0..K-1.

    The result maps uint8 [M, H, W, C] to labels int64 [M].
    """
    if threads is not None:
        torch.set_num_threads(threads)
    torch.manual_seed(seed)  # the initial weights
    generator = torch.Generator().manual_seed(seed)  # the copies, augmentation and triplets

    network = resnet9(channels, outputs=embedding).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(matrices_decay(network, weight_decay), lr=learning_rate)
    augment = named(augmentation)
    criterion = nn.TripletMarginLoss(margin=margin)
    batch, classes = to_batch(images), torch.from_numpy(labels)
    anchors, positives = positive_pairs(classes)
    # Drawn before training, so that checkpoints do not change the numbers that training draws.
    head_batch, head_labels = with_copies(images, labels, copies, generator)

    def epoch_gradients() -> float:
        total = 0.0
        for _ in range(batches):
            points = functional.normalize(forward(network, augment(batch, generator)))
            negatives = choose_negatives(
                torch.cdist(points.detach(), points.detach()),
                classes,
                anchors,
                positives,
                margin=margin,
                hard=hard,
                semihard=semihard,
                generator=generator,
            )
            loss = criterion(points[anchors], points[positives], points[negatives]) / batches
            loss.backward()
            total += loss.item()
        return total

    def embed(batch: Tensor) -> np.ndarray:
        both = evaluate(network, batch, chunk) + evaluate(network, batch.flip(-1), chunk)
        points: np.ndarray = functional.normalize(both).numpy()
        return points

    def fit_head() -> Predict:
        classifier = new_head(head, neighbours).fit(embed(head_batch), head_labels)
        return lambda images: classifier.predict(embed(to_batch(images)))

    def snapshot() -> Predict:
        fitted = cache(fit_head)

        def predict(images: np.ndarray) -> np.ndarray:
            # Fitted when first asked: where nobody scores checkpoints they cost nothing.
            return fitted()(images)

        return predict

    train_epochs(
        network,
        optimiser,
        epoch_gradients,
        epochs=epochs,
        checkpoints=checkpoints,
        snapshot=snapshot,
        schedule=partial(OneCycleLR, optimiser, learning_rate) if one_cycle else None,
        deadline=deadline,
    )
    return fit_head()


def new_head(name: str, neighbours: int) -> SVC | KNeighborsClassifier:
    """The classifier of the embeddings, not fitted yet: `svm` or `knn`."""
    if name == "svm":
        return SVC()
    if name == "knn":
        return KNeighborsClassifier(n_neighbors=neighbours)
    raise ValueError(f"head is {name!r}; expected 'svm' or 'knn'")


def named(augmentation: str) -> Callable[[Tensor, Generator], Tensor]:
    """The augmentation of that name: `published` or `strong`."""
    if augmentation == "published":
        return published
    if augmentation == "strong":
        return strong
    raise ValueError(f"augmentation is {augmentation!r}; expected 'published' or 'strong'")
