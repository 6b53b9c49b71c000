"""Test images with what was predicted of them, right and wrong, a class a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..instances import Instance
from ..reading import StoredRun
from .calibration import probabilities
from .classes import Answers
from .fields import percent
from .markup import Content, Html, tag
from .page import Section, card
from .pictures import draw_again, picture

MOST, MOST_OF_MANY = (4, 6), (2, 4)
"""Images of a class that are shown, right and wrong ones: of a run or two, and of each of more."""

CLASSES = 10
"""Classes that are shown: of more, those with the lowest accuracy."""


def gallery(
    runs: Sequence[StoredRun],
    titles: Sequence[str],
    answers: Sequence[Answers | None],
    data: Path | None,
) -> Section | None:
    """Return images of the first instance of each run that is ok.

    data: where the dataset is, see `datasets.open_dataset`.
    """
    opened: dict[tuple[str, ...], Instance | str] = {}
    content: list[Content] = []
    for run, name, answer in zip(runs, titles, answers, strict=True):
        if answer is None or not len(answer.labels):
            continue
        seed = int(answer.seeds[0])
        record = run.trials[seed]["instance"]
        key = (run.run["track"]["digest"], run.run["phase"], record["digest"])
        if key not in opened:
            opened[key] = draw_again(run, seed, data)
        drawn = opened[key]
        heading = f"{name}, instance {seed}" if len(runs) > 1 else f"Instance {seed}"
        if isinstance(drawn, str):
            content.append(card(tag("p", drawn, class_="note"), title=heading))
        elif not np.array_equal(drawn.test_labels, answer.labels[answer.seeds == seed]):
            said = "The labels beside its predictions are not those of its images: none are shown."
            content.append(card(tag("p", said, class_="note"), title=heading))
        else:
            content.append(card(_tiles(drawn, answer, len(runs)), title=heading))
    if not content:
        return None
    note = (
        "Of each class the first images that are right and the first that are wrong, in the "
        "instance's order, which is by digest: nobody chose them. Percent, where the scores are "
        "probabilities: the confidence in what was predicted."
    )
    return Section("Test images", tuple(content), note)


def _tiles(instance: Instance, answer: Answers, runs: int) -> Html:
    count = len(instance.test_labels)
    labels, predicted = answer.labels[:count], answer.predicted[:count]
    right = predicted == labels
    sure = _confidence(answer)
    present = [int(label) for label in np.unique(labels)]
    shown = sorted(sorted(present, key=lambda label: right[labels == label].mean())[:CLASSES])
    rows: list[Content] = []
    for label in shown:
        mine = labels == label
        name = answer.classes[label]
        share = f"{right[mine].sum()} of {mine.sum()} right"
        rows.append(tag("h4", name, tag("small", share)))
        most = MOST if runs < 3 else MOST_OF_MANY
        for kind, chosen, number in (
            ("ok", mine & right, most[0]),
            ("bad", mine & ~right, most[1]),
        ):
            places = np.flatnonzero(chosen)[:number]
            tiles = [_tile(instance, answer, int(place), kind, sure) for place in places]
            rows.append(
                tag("ul", *tiles, class_="tiles") if tiles else tag("p", "none", class_="note")
            )
    note = None
    if len(present) > len(shown):
        note = tag(
            "p", f"The {CLASSES} classes of {len(present)} with the lowest accuracy.", class_="note"
        )
    return tag("div", note, tag("div", *rows, class_="gallery"))


def _tile(
    instance: Instance, answer: Answers, place: int, kind: str, sure: npt.NDArray[np.float64] | None
) -> Html:
    said, true = (answer.classes[int(x[place])] for x in (answer.predicted, answer.labels))
    label = f"a {true}, taken for {said}" if kind == "bad" else f"a {true}, recognised"
    image = picture(instance.test_images[place], label)
    share = None if sure is None else percent(float(sure[place]), 0)
    if kind == "bad":
        words = [tag("span", f"✗ {said}", title=label), tag("span", share) if share else None]
    else:
        words = [tag("span", " ".join(filter(None, ["✓", share])), title=label)]
    return tag("li", image, *words, class_=kind)


def _confidence(answer: Answers) -> npt.NDArray[np.float64] | None:
    """Return the confidence float64 [M], where the scores of all images are probabilities."""
    if answer.scores is None:
        return None
    shares, given = probabilities(answer.scores)
    return shares.max(axis=1) if given else None
