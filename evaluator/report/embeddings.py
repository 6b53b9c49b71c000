"""Where a submission puts the images: embeddings of training and test images, in two dimensions.

Principal components (PCA), and on request t-SNE of van der Maaten and Hinton (2008), "Visualizing
data using t-SNE", JMLR 9, in scikit-learn's implementation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from submission_kit.errors import DataError

from ..reading import LeftOut, StoredRun
from ..stored_arrays import Embedded, embeddings_file, read_embeddings
from .markup import Content, Html, tag
from .page import Section, card, grid
from .svg import canvas, colour, figure, legend, title

MOST = 500
"""Test images that are drawn: the first, in the instance's order, which is by digest."""

SIDE, EDGE = 420, 12

Points = npt.NDArray[np.float64]


def embeddings(
    runs: Sequence[StoredRun], titles: Sequence[str], tsne: bool = False
) -> tuple[Section | None, list[LeftOut]]:
    """Return views of the first instance that has embeddings, a run; and what was left out."""
    cards, left_out = [], []
    for run, name in zip(runs, titles, strict=True):
        of = f", {name}" if len(runs) > 1 else ""
        for seed, trial in run.trials.items():
            try:
                found = read_embeddings(run, seed)
            except DataError as error:
                path = embeddings_file(run, seed)
                left_out.append(LeftOut(path, error.message.removeprefix(f"{path}: ")))
                continue
            if found is None:
                continue
            cards += _cards(found, trial["instance"]["classes"], f"instance {seed}{of}", tsne)
            break
    if not cards:
        return None, left_out
    note = (
        f"What embed(images) gives, in two dimensions. Large: training images. Small: the first "
        f"{MOST} test images."
    )
    return Section("Embeddings", (grid(cards),), note), left_out


def principal(points: npt.NDArray[np.float32]) -> tuple[Points, float]:
    """Return the first two principal components float64 [N, 2], and their share of the variance."""
    centred = points.astype(np.float64) - points.mean(axis=0, dtype=np.float64)
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    flat = np.zeros((len(points), 2))
    count = min(2, len(size))
    flat[:, :count] = left[:, :count] * size[:count]
    total = float((size**2).sum())
    return flat, float((size[:2] ** 2).sum()) / total if total else 1.0


def neighbours(points: npt.NDArray[np.float32]) -> Points:
    """Return t-SNE's embedding float64 [N, 2], the same each time."""
    from sklearn.manifold import TSNE

    near = min(30.0, (len(points) - 1) / 3)
    made = TSNE(2, perplexity=near, init="pca", random_state=0).fit_transform(points)
    return np.asarray(made, np.float64)


def _cards(found: Embedded, classes: Sequence[str], of: str, tsne: bool) -> list[Html]:
    kept = found.training + MOST
    labels = found.labels[:kept]
    cards = []
    for when in ("before", "after"):
        if when not in found.views:
            continue
        values = found.views[when][:kept]
        flat, share = principal(values)
        says = f"{values.shape[1]} dimensions; these two hold {share:.0%} of the variance."
        cards.append(
            _card(flat, labels, found.training, classes, f"PCA {when} training, {of}", says)
        )
        if tsne:
            says = "Near one another: alike. Distances between groups mean little."
            flat = neighbours(values)
            cards.append(
                _card(flat, labels, found.training, classes, f"t-SNE {when} training, {of}", says)
            )
    return cards


def _card(
    flat: Points,
    labels: npt.NDArray[np.int64],
    training: int,
    classes: Sequence[str],
    name: str,
    says: str,
) -> Html:
    middle = (flat.min(axis=0) + flat.max(axis=0)) / 2
    extent = max(float(np.ptp(flat, axis=0).max()), 1e-12)  # one scale: distances must compare
    places = SIDE / 2 + (flat - middle) / extent * (SIDE - 2 * EDGE)
    marks: list[Content] = []
    shown = np.arange(len(labels))
    for kind, chosen in (("few", shown >= training), ("many", shown < training)):
        for label in np.unique(labels[chosen]):
            mine = places[chosen & (labels == label)]
            path = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in mine)
            style = f"point {kind} {colour(int(label))}"
            marks.append(tag("path", title(classes[int(label)]), d=path, class_=style))
    names = [(colour(i), classes[i]) for i in range(min(len(classes), 20))]
    drawing = canvas(name, SIDE, SIDE, *marks)
    return card(tag("div", figure(drawing, says), legend(names)), title=name)
