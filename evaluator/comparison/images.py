"""Where two runs say otherwise: by instance, by class, by image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evaluator.reading import LeftOut, StoredRun
from evaluator.scoring import as_labels
from evaluator.stored_arrays import predictions_file, read_predictions
from submission_kit.arrays import Labels
from submission_kit.errors import DataError


class Count(NamedTuple):
    """Of so many images: how many both got right, one alone, or none."""

    images: int
    both: int
    first: int
    second: int

    @property
    def neither(self) -> int:
        """How many none got right."""
        return self.images - self.both - self.first - self.second


class Mistake(NamedTuple):
    """How often one run alone took a class for another, where the other run was right.

    by: 0 for the first run, 1 for the second.
    """

    by: int
    truth: str
    said: str
    times: int


@dataclass(frozen=True)
class Images:
    """Where two runs disagree on the test images.

    instances, classes: by instance whose predictions can be read, and by the class's name.
    first_alone, second_alone: by instance, the positions among the test images, from 0, of those
        that only this run got right.
    mistakes: the most frequent first.
    sd: what the finite number of test images alone adds to the spread of the difference.
    """

    instances: dict[int, Count]
    classes: dict[str, Count]
    first_alone: dict[int, list[int]]
    second_alone: dict[int, list[int]]
    mistakes: tuple[Mistake, ...]
    sd: float

    @property
    def all(self) -> Count:
        """Of all images together."""
        return Count(*(sum(numbers) for numbers in zip(*self.instances.values(), strict=True)))


def compare_images(
    first: StoredRun, second: StoredRun, seeds: Sequence[int]
) -> tuple[Images | None, list[LeftOut]]:
    """Compare the predictions of two runs on the same instances, at least one.

    With it the files that cannot be read, or whose labels are others; None where no two are left.
    """
    names = first.trials[seeds[0]]["instance"]["classes"]
    left_out: list[LeftOut] = []
    instances: dict[int, Count] = {}
    alone: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
    classes = np.zeros((len(names), 4), np.int64)
    mistakes: Counter[tuple[int, int, int]] = Counter()
    variances = []
    for seed in seeds:
        read = [_read(run, seed, names) for run in (first, second)]
        unread = [each for each in read if isinstance(each, LeftOut)]
        answers = [each for each in read if not isinstance(each, LeftOut)]
        if not unread and not np.array_equal(answers[0][0], answers[1][0]):
            unread = [LeftOut(predictions_file(second, seed), "has other labels than the other's")]
        left_out += unread
        if unread:
            continue
        labels = answers[0][0]
        said = answers[0][1], answers[1][1]
        right = said[0] == labels, said[1] == labels
        alone_right = right[0] & ~right[1], ~right[0] & right[1]
        kinds = np.stack([right[0] | True, right[0] & right[1], *alone_right], axis=1)
        instances[seed] = Count(*kinds.sum(axis=0).tolist())
        np.add.at(classes, labels, kinds.astype(np.int64))
        for who in (0, 1):
            alone[who][seed] = np.flatnonzero(alone_right[who]).tolist()
            wrong = alone_right[1 - who]
            pairs = zip(labels[wrong].tolist(), said[who][wrong].tolist(), strict=True)
            mistakes.update((who, truth, found) for truth, found in pairs)
        variances.append(np.var(right[0].astype(float) - right[1]) / len(labels))
    if not instances:
        return None, left_out
    images = Images(
        instances,
        {name: Count(*row) for name, row in zip(names, classes.tolist(), strict=True)},
        *alone,
        tuple(
            Mistake(who, names[truth], names[found], times)
            for (who, truth, found), times in sorted(
                mistakes.items(), key=lambda item: (-item[1], item[0])
            )
        ),
        float(np.sqrt(np.mean(variances))),
    )
    return images, left_out


def _read(run: StoredRun, seed: int, names: Sequence[str]) -> tuple[Labels, Labels] | LeftOut:
    """Return the true labels int64 [M] of an instance and those predicted; or what is wrong."""
    path = predictions_file(run, seed)
    if run.trials[seed]["instance"]["classes"] != names:
        return LeftOut(path, "is of other classes")
    try:
        labels, predictions = read_predictions(run, seed)
    except DataError as error:
        return LeftOut(path, error.message.removeprefix(f"{path}: "))
    return labels, as_labels(predictions)
