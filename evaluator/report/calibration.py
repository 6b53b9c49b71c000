"""Scores: is the right class among the first, and does confidence tell how often it is right?

Calibration as in Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural
networks", ICML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..reading import StoredRun
from .classes import Answers
from .fields import percent
from .markup import Content, Html, tag
from .page import Section, card, figures, grid
from .svg import BOTTOM, TOP, Axis, Plot, figure, title

BINS = 15
TOLERANCE = 1e-3
"""How far from 1 the scores of an image may sum up to and count as probabilities."""


@dataclass(frozen=True)
class Bin:
    """Images of about the same confidence. accuracy: the share of them that is right."""

    low: float
    high: float
    images: int
    confidence: float
    accuracy: float


def scores(
    runs: Sequence[StoredRun], titles: Sequence[str], answers: Sequence[Answers | None]
) -> Section | None:
    """Return top-k accuracy and calibration of the runs that gave scores."""
    cards = []
    for name, answer in zip(titles, answers, strict=True):
        if answer is not None and answer.scores is not None and len(answer.labels):
            of = f", {name}" if len(runs) > 1 else ""
            cards.append(card(_top(answer), title=f"Right class among the first k{of}"))
            cards.append(card(_reliability(answer), title=f"Calibration{of}"))
    if not cards:
        return None
    return Section("Scores", (grid(cards),), "All instances that are ok, taken together.")


def top_k(scores: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> list[float]:
    """Return the share of images whose class is among the k highest scores, for k = 1..K.

    Of equal scores the first class counts as the highest, as for the accuracy.
    """
    own = scores[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(scores.shape[1])[None, :] < labels[:, None]
    rank = (scores > own).sum(axis=1) + ((scores == own) & earlier).sum(axis=1)
    found = np.bincount(rank, minlength=scores.shape[1])
    return [float(share) for share in np.cumsum(found) / len(labels)]


def probabilities(
    scores: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float64], bool]:
    """Return probabilities float64 [M, K], and whether the scores were some already.

    Others become some by the softmax.
    """
    wide = scores.astype(np.float64)
    if (wide >= 0).all() and (np.abs(wide.sum(axis=1) - 1) <= TOLERANCE).all():
        return wide, True
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True), False


def reliability(
    confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], bins: int = BINS
) -> list[Bin]:
    """Return bins of equal width, without those that no image falls into."""
    number = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return [
        Bin(
            i / bins,
            (i + 1) / bins,
            int((number == i).sum()),
            float(confidence[number == i].mean()),
            float(right[number == i].mean()),
        )
        for i in range(bins)
        if (number == i).any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: |accuracy - confidence|, weighted by images."""
    total = sum(each.images for each in bins)
    return sum(each.images * abs(each.accuracy - each.confidence) for each in bins) / total


def _top(answer: Answers) -> Html:
    assert answer.scores is not None
    shares = top_k(answer.scores, answer.labels)
    count = len(shares)
    plot = Plot(
        Axis(1, count, "k", lambda k: f"{k:.0f}", min(count, 10)),
        Axis(0, 1, "", lambda share: f"{100 * share:.0f} %"),
    )
    line = [(k, share) for k, share in enumerate(shares, start=1)]
    chance = [(1.0, 1 / count), (float(count), 1.0)]
    dots = [
        plot.dot(point, "s0", f"k = {point[0]}: {percent(point[1])}")
        for point in line
        if count <= 20
    ]
    drawing = plot.draw("Top-k accuracy", plot.line(chance, "ideal"), plot.line(line, "s0"), *dots)
    numbers = [(f"top {k}", percent(shares[k - 1], 1)) for k in (1, 2, 3, 5) if k <= count]
    return tag("div", figures(numbers), figure(drawing, "Dashed: by chance."))


def _reliability(answer: Answers) -> Html:
    assert answer.scores is not None
    shares, given = probabilities(answer.scores)
    confidence, right = shares.max(axis=1), answer.predicted == answer.labels
    bins = reliability(confidence, right)
    axis = Axis(0, 1, "", lambda share: f"{100 * share:.0f} %")
    plot = Plot(Axis(0, 1, "confidence", axis.write), axis)
    most = max(each.images for each in bins)
    marks: list[Content] = [_histogram(plot, bins, most), plot.line([(0, 0), (1, 1)], "ideal")]
    marks.append(plot.line([(each.confidence, each.accuracy) for each in bins], "s0"))
    for each in bins:
        says = f"{each.images} images, confidence {percent(each.confidence, 1)}, "
        point = each.confidence, each.accuracy
        marks.append(plot.dot(point, "s0", f"{says}right {percent(each.accuracy, 1)}"))
    numbers: list[tuple[str, Content]] = [
        ("expected calibration error", percent(calibration_error(bins), 1)),
        ("mean confidence", percent(float(confidence.mean()), 1)),
        ("accuracy", percent(float(right.mean()), 1)),
    ]
    of = "" if given else " The scores are no probabilities: confidence is that of their softmax."
    caption = (
        f"Of images of the same confidence, the share that is right; dashed: calibrated. "
        f"Grey: how many images, in {BINS} bins.{of}"
    )
    return tag("div", figures(numbers), figure(plot.draw("Reliability diagram", *marks), caption))


def _histogram(plot: Plot, bins: Sequence[Bin], most: int) -> Html:
    bars = []
    for each in bins:
        (x, bottom), (end, _) = plot.at(each.low, 0), plot.at(each.high, 0)
        height = each.images / most * (plot.height - TOP - BOTTOM) * 0.35
        bars.append(
            tag(
                "rect",
                title(f"{each.images} images"),
                x=f"{x + 0.5:.1f}",
                y=f"{bottom - height:.1f}",
                width=f"{end - x - 1:.1f}",
                height=f"{height:.1f}",
                class_="bar soft s7",
            )
        )
    return tag("g", *bars)
