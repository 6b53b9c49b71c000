"""Worked submissions: methods for learning from a hundred images, each a folder to learn from.

`common/` holds what they share; a submission names the files that it needs under `include:`, and
they are laid beside its code wherever it runs. Nothing here is imported from this package then:
a baseline is an ordinary submission and stands alone.
"""

from __future__ import annotations

from pathlib import Path

NAMES = (
    "cnn",
    "knn",
    "svm",
    "resnet9",
    "hybrid",
    "patches",
    "kernels",
    "scatter",
    "flagship",
)


def path(name: str) -> Path:
    """Folder of the baseline `name`, one of `NAMES`; it holds `submission.yaml`.

    Raises ValueError for any other name.
    """
    if name not in NAMES:
        raise ValueError(f"no baseline is called {name!r}; there are {', '.join(NAMES)}")
    return Path(__file__).resolve().parent / name
