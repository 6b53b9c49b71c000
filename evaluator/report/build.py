"""Puts a report together: which sections there are, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from submission_kit.errors import DataError

from ..escape import one_line
from ..reading import LeftOut, StoredRun, read_run
from ..scoring import as_labels
from ..stored_arrays import predictions_file, read_predictions
from .audits import audits
from .calibration import scores
from .classes import Answers, classes
from .curves import curves
from .embeddings import embeddings
from .environment import environment
from .failures import failures
from .fields import titles as name_all
from .findings import findings
from .gallery import gallery
from .markup import Html, tag
from .page import Section, card, page
from .result import result
from .usage import usage


def report(
    folders: Sequence[Path], data: Path | None = None, tsne: bool = False
) -> tuple[str, list[LeftOut]]:
    """Return a report of runs as an HTML document, and what of them was left out.

    data: where the track's images are, see `datasets.open_dataset`; they are not downloaded.
    tsne: whether to show embeddings by t-SNE too, which takes seconds.

    Raises:
        DataError: none of the folders holds a run.
    """
    runs, left_out = [], []
    named = list({folder.resolve(): folder for folder in folders}.values())
    for folder in named:
        try:
            run = read_run(folder)
        except DataError as error:
            if len(named) == 1:
                raise
            place = folder / "run.json"
            left_out.append(LeftOut(place, error.message.removeprefix(f"{place}: ")))
            continue
        runs.append(run)
        left_out += run.left_out
    if not runs:
        raise DataError(
            "none of these folders holds a run", "Name folders that `subkit score` wrote."
        )
    names = name_all(runs)
    answers = [_answers(run, left_out) for run in runs]
    audited, broken = audits(runs, names)
    embedded, unread = embeddings(runs, names, tsne)
    left_out += broken + unread
    sections = [
        result(runs, names),
        failures(runs, names),
        curves(runs, names),
        classes(runs, names, answers),
        scores(runs, names, answers),
        gallery(runs, names, answers, data),
        embedded,
        usage(runs, names),
        findings(runs, names),
        audited,
        environment(runs, names),
    ]
    shown: list[Html | Section] = [_missing(left_out)] if left_out else []
    shown += [section for section in sections if section is not None]
    title, lead = _head(runs, names)
    return page(title, *shown, lead=lead), left_out


def _answers(run: StoredRun, left_out: list[LeftOut]) -> Answers | None:
    """Return the predictions of all instances that are ok, on the classes of the first."""
    parts = []
    classes: list[str] = []
    for seed, trial in run.trials.items():
        if trial["verdict"]["name"] != "ok":
            continue
        path = predictions_file(run, seed)
        try:
            labels, predictions = read_predictions(run, seed)
        except DataError as error:
            left_out.append(LeftOut(path, error.message.removeprefix(f"{path}: ")))
            continue
        classes = classes or trial["instance"]["classes"]
        if trial["instance"]["classes"] != classes:
            left_out.append(LeftOut(path, "its classes are not those of the instances before"))
            continue
        parts.append((seed, labels, predictions))
    if not parts:
        return None
    given = [predictions for _, _, predictions in parts]
    return Answers(
        classes=tuple(classes),
        labels=np.concatenate([labels for _, labels, _ in parts]),
        predicted=np.concatenate([as_labels(each) for each in given]),
        scores=np.concatenate(given) if all(each.ndim == 2 for each in given) else None,
        seeds=np.concatenate([np.full(len(labels), seed) for seed, labels, _ in parts]),
    )


def _missing(left_out: Sequence[LeftOut]) -> Html:
    lines = [tag("li", tag("code", str(each.path)), f" {each.reason}") for each in left_out]
    return tag("section", card(tag("ul", *lines), title="Left out of this report", kind="alert"))


def _head(runs: Sequence[StoredRun], names: Sequence[str]) -> tuple[str, str | None]:
    places = dict.fromkeys(f"{run.run['track']['name']}, {run.run['phase']}" for run in runs)
    if len(runs) > 1:
        on = next(iter(places)) if len(places) == 1 else f"{len(places)} tracks or phases"
        return f"{len(runs)} runs on {on}", "; ".join(names)
    run = runs[0].run
    team = run["submission"]["team"]
    lead = " · ".join(filter(None, map(one_line, [team, run["submission"]["description"]])))
    return f"{names[0]} on {next(iter(places))}", lead or None
