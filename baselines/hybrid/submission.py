"""A network learns where to put the images, a classical method learns to tell them apart there.

The second method of the report "Learning from limited data with resource constraints" (2021):
ResNet9 whose last layer gives an embedding instead of class scores is trained with the triplet
loss, then a support vector machine is fitted to the embeddings of the images and of augmented
copies. Published accuracy: 34.92 +- 0.45 %, in 2692 s on a GPU.

The published size takes ten passes of a wide network for each of its 400 steps. Here the network is
narrow, a step takes one pass, its learning rate rises and falls, the augmentation is stronger, and
every triplet of a batch counts, see `triplets`; `submission.yaml` says the published values beside
ours. An image and its mirror image share one embedding, their mean. It is divided by its length:
without that the network meets a margin by growing it.

Measured on the five final instances of cifar10-100 (JPEG copies), one thread of a 2-core AMD EPYC:
35.80, 36.20, 39.95, 41.15 and 35.85 %, mean 37.79 +- 2.56, in 186 to 214 s of CPU an instance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
import torch
from augment import augmentation as named
from copies import with_copies
from hooks import Predict, checkpoint
from images import to_batch
from networks import resnet9
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR
from training import evaluate, forward, matrices_decay, train_epochs
from triplets import choose_negatives, positive_pairs, soft_loss


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
    triplets: str,
    scale: float,
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
    head_batch, head_labels = with_copies(images, labels, copies, augment, generator)

    def drawn_loss(points: Tensor) -> Tensor:
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
        return criterion(points[anchors], points[positives], points[negatives])

    def every_loss(points: Tensor) -> Tensor:
        return soft_loss(torch.cdist(points, points), classes, anchors, positives, scale)

    losses = {"every": every_loss, "drawn": drawn_loss}
    if triplets not in losses:
        raise ValueError(f"triplets is {triplets!r}; expected 'every' or 'drawn'")

    def epoch_gradients() -> float:
        total = 0.0
        for _ in range(batches):
            points = functional.normalize(forward(network, augment(batch, generator)))
            loss = losses[triplets](points) / batches
            loss.backward()
            total += loss.item()
        return total

    def embed(images: Tensor) -> np.ndarray:
        both = evaluate(network, images, chunk) + evaluate(network, images.flip(-1), chunk)
        points: np.ndarray = functional.normalize(both).numpy()
        return points

    def fit_head() -> SVC | KNeighborsClassifier:
        return new_head(head, neighbours).fit(embed(head_batch), head_labels)

    def snapshot() -> Model:
        # Fitted when first asked: where nobody scores checkpoints they cost nothing.
        return Model(embed, cache(fit_head))

    if checkpoints:
        network.eval()
        checkpoint(0, snapshot())
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
    classifier = fit_head()
    return Model(embed, lambda: classifier)


class Model:
    """The contract's `predict`: a network and its head; with `embed` beside it."""

    def __init__(
        self, points: Callable[[Tensor], np.ndarray], head: Callable[[], SVC | KNeighborsClassifier]
    ) -> None:
        """points: float32 [M, 3, 32, 32] to [M, D]. head: gives the classifier, fitted to those."""
        self._points = points
        self._head = head

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Labels int64 [M] for images uint8 [M, H, W, C]."""
        labels: np.ndarray = self._head().predict(self.embed(images))
        return labels

    def embed(self, images: np.ndarray) -> np.ndarray:
        """Embeddings float32 [M, D] of length 1, which `subkit score --embed` keeps."""
        return self._points(to_batch(images))


def new_head(name: str, neighbours: int) -> SVC | KNeighborsClassifier:
    """The classifier of the embeddings, not fitted yet: `svm` or `knn`."""
    if name == "svm":
        return SVC()
    if name == "knn":
        return KNeighborsClassifier(n_neighbors=neighbours)
    raise ValueError(f"head is {name!r}; expected 'svm' or 'knn'")
