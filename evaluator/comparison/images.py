"""Where two runs say otherwise: by instance, by class, by image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evaluator.reading import StoredRun
from evaluator.scoring import as_labels
from evaluator.stored_arrays import read_predictions
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

    instances, classes: by instance, and by the class's name.
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


def compare_images(first: StoredRun, second: StoredRun, seeds: Sequence[int]) -> Images:
    """Compare the predictions of two runs on the same instances, at least one.

    Raises:
        DataError: predictions cannot be read, or their true labels differ.
    """
    names = first.trials[seeds[0]]["instance"]["classes"]
    instances: dict[int, Count] = {}
    alone: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
    classes = np.zeros((len(names), 4), np.int64)
    mistakes: Counter[tuple[int, int, int]] = Counter()
    variances = []
    for seed in seeds:
        labels, ours = read_predictions(first, seed)
        others, theirs = read_predictions(second, seed)
        alike = all(run.trials[seed]["instance"]["classes"] == names for run in (first, second))
        if not alike or (labels != others).any():
            raise DataError(f"{second.folder}: instance {seed} has other labels, or classes")
        said = as_labels(ours), as_labels(theirs)
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
    return Images(
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
