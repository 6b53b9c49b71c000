"""Opens a dataset by name, from the first place that has it.

digits                              embedded, nothing to look for
--data PATH, else SUBKIT_DATA=PATH  the person's word: found there, or a fault
<cache>/data/<name>                 what an earlier download left, or a person put there
download                            CIFAR-10 and MNIST, into the cache
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

from evaluator.datasets.dataset import Dataset
from evaluator.datasets.digits import open_digits
from evaluator.datasets.download import DOWNLOADABLE, download
from evaluator.datasets.locate import forms_as_text, locate, plain
from submission_kit.errors import DataError

DATA_VARIABLE = "SUBKIT_DATA"
KNOWN = ("digits", *DOWNLOADABLE)


def open_dataset(name: str, data: Path | None = None, fetch: bool = True) -> Dataset:
    """Open a dataset by the name that a track uses.

    name: "digits", "cifar10", "mnist", or any other where the data are supplied; hyphens and
    capitals in the three names do not matter.
    data: the file or folder to read it from (see locate.FORMS); without it SUBKIT_DATA, then the
    cache, then a download. `digits` is embedded and looks at none of them.
    fetch: whether to download what is nowhere.

    Only names and labels are read now; images, and their faults, come with the first use.

    Raises DataError where the dataset cannot be had, saying every way to supply it.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):  # it becomes the name of a folder
        raise DataError(
            f"{name!r} cannot be the name of a dataset",
            "A name is made of letters, digits, '.', '-' and '_'.",
        )
    name = next((known for known in KNOWN if plain(known) == plain(name)), name)
    if name == "digits":
        return open_digits()
    if data is not None:
        return locate(name, data).open(name)
    if named := os.environ.get(DATA_VARIABLE):
        try:
            return locate(name, Path(named).expanduser()).open(name)
        except DataError as fault:  # nobody typed this path just now: say where it comes from
            raise DataError(f"{DATA_VARIABLE}: {fault.message}", fault.mend) from fault
    cached = _cache_folder(name)
    if not (os.path.isdir(cached) and any(cached.iterdir())):  # noqa: PTH112 - as in `locate`
        if not fetch:
            raise DataError(f"{name} is not on this machine", _ways_to_supply(name))
        _fetch(name, cached)
    return locate(name, cached).open(name)


def _cache_folder(name: str) -> Path:
    return platformdirs.user_cache_path("subkit") / "data" / name


def _fetch(name: str, cached: Path) -> None:
    if name not in DOWNLOADABLE:
        raise DataError(
            f"no dataset {name} is known here; known are {', '.join(KNOWN)}",
            _ways_to_supply(name),
        )
    try:
        download(name, cached)
    except DataError as fault:
        raise DataError(
            f"{name} is not on this machine, and {fault}", _ways_to_supply(name)
        ) from fault


def _ways_to_supply(name: str) -> str:
    return (
        f"Supply {name} in any of these ways:\n"
        f"  - the option --data PATH\n"
        f"  - the environment variable {DATA_VARIABLE}=PATH\n"
        f"  - the folder {_cache_folder(name)}\n"
        f"{forms_as_text()}"
    )
