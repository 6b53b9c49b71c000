"""Reads the arrays beside a run's records: predictions and embeddings.

The files may be anybody's, and broken, as the records may: see `reading`.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from submission_kit.errors import DataError

from .reading import StoredRun, is_count, why

if TYPE_CHECKING:  # numpy takes a tenth of a second, and a leaderboard needs none
    import numpy as np
    import numpy.typing as npt

    from submission_kit.arrays import Embeddings, Labels, Predictions

HEADERS = 8192
"""Bytes for what stands around the arrays in their file."""


@dataclass(frozen=True)
class Embedded:
    """Embeddings of an instance's images.

    labels: int64 [N + M], of the training and then the test images; training: N.
    views: `before` and `after` training, as far as they were given: float32 [N + M, D].
    """

    labels: Labels
    training: int
    views: dict[str, Embeddings]


def predictions_file(run: StoredRun, seed: int) -> Path:
    """Return where the predictions of an instance are kept."""
    return run.folder / "predictions" / f"{seed}.npz"


def embeddings_file(run: StoredRun, seed: int) -> Path:
    """Return where the embeddings of an instance are kept, if any are."""
    return run.folder / "embeddings" / f"{seed}.npz"


def read_predictions(run: StoredRun, seed: int) -> tuple[Labels, Predictions]:
    """Return the true labels int64 [M] of an instance's test images, and what was predicted.

    Predictions are labels int64 [M], or scores float32 [M, K].

    Raises:
        DataError: they are not there, broken, or do not fit the trial's record.
    """
    path = predictions_file(run, seed)
    with _named(path):
        return _predictions(path, run.trials[seed])


def read_embeddings(run: StoredRun, seed: int) -> Embedded | None:
    """Return an instance's embeddings, if any were kept.

    Raises:
        DataError: they are broken, or do not fit the trial's record.
    """
    path = embeddings_file(run, seed)
    with _named(path):
        return _embeddings(path, run.trials[seed]["instance"]) if path.exists() else None


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn whatever a broken file of numpy's raises into an error with its name."""
    try:
        yield
    except (OSError, ValueError, EOFError, KeyError, MemoryError, NotImplementedError) as error:
        raise DataError(f"{path}: cannot be read: {why(error)}") from error
    except (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError) as error:
        raise DataError(f"{path}: cannot be read: {why(error)}") from error


def _predictions(path: Path, record: Mapping[str, Any]) -> tuple[Labels, Predictions]:
    import numpy as np

    from .scoring import accuracy

    count, classes = record["instance"]["test_images"], len(record["instance"]["classes"])
    arrays = _load(path, ("labels", "predictions"), count * 8 * (classes + 1))
    labels, predictions = arrays["labels"], arrays["predictions"]
    if labels.shape != (count,) or labels.dtype.kind != "i" or not _within(labels, classes):
        raise ValueError(f"labels are not {count} integers below {classes}")
    if predictions.shape == (count,) and predictions.dtype.kind == "i":
        fits = _within(predictions, classes)
    else:
        fits = predictions.shape == (count, classes) and predictions.dtype == np.float32
        fits = fits and bool(np.isfinite(predictions).all())
    if not fits:
        raise ValueError(f"predictions are neither labels nor scores of {count} images")
    labels = labels.astype(np.int64)
    if accuracy(labels, predictions) != record["accuracy"]:
        raise ValueError("their accuracy is not the record's")
    return labels, predictions


def _embeddings(path: Path, instance: Mapping[str, Any]) -> Embedded:
    import numpy as np

    from submission_kit.arrays import MAX_DIMENSIONS

    training, classes = instance.get("training_images"), len(instance["classes"])
    if not is_count(training):
        raise ValueError("its record does not say how many training images there were")
    count = training + instance["test_images"]
    arrays = _load(path, ("labels", "before", "after"), 8 * count * (1 + MAX_DIMENSIONS))
    labels = arrays.pop("labels")
    if labels.shape != (count,) or labels.dtype.kind != "i" or not _within(labels, classes):
        raise ValueError(f"labels are not {count} integers below {classes}")
    for values in arrays.values():
        shape = values.ndim == 2 and len(values) == count and values.shape[1] > 0
        if not shape or values.dtype != np.float32 or not np.isfinite(values).all():
            raise ValueError(f"embeddings are not finite float32 [{count}, D]")
    return Embedded(labels.astype(np.int64), training, arrays)


def _load(path: Path, names: Sequence[str], size: int) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of these names, as far as they are there, of `size` bytes at most."""
    import numpy as np

    if not path.is_file():
        raise ValueError("there is no such file")
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > HEADERS + size:
            raise ValueError("larger than its record says")
    # allow_pickle=False: an object array would run code of its author's choice.
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in names if name in arrays}


def _within(labels: npt.NDArray[np.integer[Any]], classes: int) -> bool:
    return bool(((labels >= 0) & (labels < classes)).all())
