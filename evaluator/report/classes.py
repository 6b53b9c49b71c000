"""Which classes are told apart: the confusion matrix, and the accuracy of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from submission_kit.arrays import Labels

from ..reading import StoredRun
from .fields import percent
from .markup import Content, Html, tag
from .page import Section, card, grid
from .svg import canvas, figure, title
from .tables import Cell, Column, table

MOST = 30
"""Classes of which a matrix is drawn; of more, the pairs that are confused most are listed."""

PAIRS = 20


@dataclass(frozen=True)
class Answers:
    """What was predicted on all instances of a run that are ok.

    labels, predicted: int64 [M]. scores: float32 [M, K] where given. seeds: int64 [M].
    """

    classes: tuple[str, ...]
    labels: Labels
    predicted: Labels
    scores: npt.NDArray[np.float32] | None
    seeds: Labels

    @property
    def confusion(self) -> npt.NDArray[np.int64]:
        """Return how many images of class i were taken for class j: int64 [K, K]."""
        count = len(self.classes)
        found = np.bincount(self.labels * count + self.predicted, minlength=count * count)
        return found.reshape(count, count)


def classes(
    runs: Sequence[StoredRun], titles: Sequence[str], answers: Sequence[Answers | None]
) -> Section | None:
    """Return confusion and accuracy by class of the runs that have predictions."""
    cards = []
    for name, answer in zip(titles, answers, strict=True):
        if answer is None or not len(answer.labels):
            continue
        of = f", {name}" if len(runs) > 1 else ""
        matrix = answer.confusion
        drawn = _matrix(answer, matrix) if len(answer.classes) <= MOST else _pairs(answer, matrix)
        cards.append(card(drawn, title=f"Confusion{of}"))
        cards.append(card(_by_class(answer, matrix), title=f"Accuracy by class{of}"))
    if not cards:
        return None
    return Section("Classes", (grid(cards),), "All instances that are ok, taken together.")


def _matrix(answer: Answers, matrix: npt.NDArray[np.int64]) -> Html:
    count, names = len(answer.classes), [_short(name) for name in answer.classes]
    longest = max(map(len, names))
    left, top = 30 + 7 * longest, 8
    size = (560 - left - 4) / count
    height = top + size * count
    slanted = longest * 7 > size
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    marks: list[Content] = []
    for i in range(count):
        y = top + size * i
        marks.append(
            tag("text", names[i], x=left - 8, y=f"{y + size / 2 + 4:.1f}", class_="end name")
        )
        for j in range(count):
            marks += _cell(answer, matrix[i, j], share[i, j], left + size * j, y, size, i, j)
    for j in range(count):
        x, y = left + size * (j + 0.5), height + 16
        turn = f"rotate(-45 {x:.1f} {y:.1f})" if slanted else None
        kind = "end name" if slanted else "middle name"
        marks.append(tag("text", names[j], x=f"{x:.1f}", y=f"{y:.1f}", class_=kind, transform=turn))
    below = 18 + (longest * 7.4 + 8 if slanted else 8)  # as high as the letters on a phone need
    drawing = canvas("Confusion matrix", 560, round(height + below), *marks)
    return figure(drawing, "Rows: the true class. Columns: what was predicted. Percent of the row.")


def _cell(
    answer: Answers, count: int, share: float, x: float, y: float, size: float, i: int, j: int
) -> list[Html]:
    true, said = answer.classes[i], answer.classes[j]
    place: dict[str, str] = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
    side = f"{size - 1:.1f}"
    square = tag(
        "rect",
        title(f"{true} taken for {said}: {count} ({percent(share, 1)})"),
        **place,
        width=side,
        height=side,
        rx=2,
        fill_opacity=round(0.04 + 0.96 * float(share), 3),
        class_="heat",
    )
    if size < 24 or share < 0.005:
        return [square]
    written = tag(
        "text",
        f"{100 * share:.0f}",
        x=f"{x + size / 2 - 0.5:.1f}",
        y=f"{y + size / 2 + 4:.1f}",
        class_=f"middle {'on-heat' if share > 0.8 else 'on-warm' if share > 0.5 else 'on'}",
    )
    return [square, written]


def _pairs(answer: Answers, matrix: npt.NDArray[np.int64]) -> Html:
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(wrong, axis=None)[::-1][:PAIRS]
    rows = []
    for place in order:
        i, j = divmod(int(place), len(answer.classes))
        if wrong[i, j]:
            share = wrong[i, j] / max(matrix[i].sum(), 1)
            cells: list[Cell | Content] = [answer.classes[i], answer.classes[j]]
            rows.append([*cells, int(wrong[i, j]), Cell(percent(share), float(share))])
    columns: list[Column | str] = [
        "true",
        "predicted",
        Column("images", True),
        Column("of the class", True),
    ]
    return table(columns, rows, f"The {PAIRS} pairs that are confused most")


def _by_class(answer: Answers, matrix: npt.NDArray[np.int64]) -> Html:
    total, right = matrix.sum(axis=1), np.diag(matrix)
    taken = matrix.sum(axis=0)
    several = len(np.unique(answer.seeds)) > 1
    rows: list[list[Cell | Content]] = []
    for i, name in enumerate(answer.classes):
        if not total[i]:
            continue
        accuracy = right[i] / total[i]
        precision = right[i] / taken[i] if taken[i] else None
        over = _over_instances(answer, i)
        spread: list[Cell | Content] = [
            Cell(f"{100 * min(over):.1f} to {percent(max(over), 1)}", float(min(over)))
        ]
        rows.append(
            [
                name,
                Cell(percent(accuracy, 1), float(accuracy)),
                *spread * several,
                Cell(
                    "" if precision is None else percent(precision, 1),
                    None if precision is None else float(precision),
                ),
                int(taken[i]),
            ]
        )
    columns: list[Column | str] = [
        "class",
        Column("accuracy", True, "share of the class's images that are right (recall)"),
        *[Column("over instances", True, "the lowest and the highest of the instances")] * several,
        Column("precision", True, "share of what was taken for the class that is of it"),
        Column("predicted", True, "images taken for the class"),
    ]
    return table(columns, rows, "Accuracy by class")


def _over_instances(answer: Answers, label: int) -> list[float]:
    mine = answer.labels == label
    right = answer.predicted == label
    seeds = np.unique(answer.seeds[mine])
    return [float(right[mine & (answer.seeds == seed)].mean()) for seed in seeds]


def _short(name: str) -> str:
    return name if len(name) <= 12 else f"{name[:11]}…"
