"""The doctor: what this machine can enforce, and how well; one finding a question.

    software    Python, this program, the packages it needs, PyTorch            `installed`
    isolation   each means to confine a trial, and what remains possible        `means`
    machine     cores, memory, disk, whatever moves a measured time             `capacity`
    data        the datasets of the tracks that are shipped                     here

`fail` is for what keeps trials from being scored here, `warn` for what makes a score weaker, a
time less sure, or leaves out a package or a dataset. Nothing is installed, downloaded or ended.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from submission_kit.errors import DataError
from submission_kit.temporary import PREFIX

from . import private
from .capacity import capacity, of_capacity, of_temporary_folder, temporary_folder
from .datasets import open_dataset, registry
from .datasets.locate import locate
from .diagnosis import Finding, Status, Theme
from .installed import import_torch, of_software, version
from .isolation import NONE
from .isolation.choose import choose
from .limits import Limits
from .means import STRICT, compute_devices, find_means, of_isolation, of_no_trial
from .track import names, open_track

__all__ = ["Finding", "Status", "Theme", "examine", "sum_up"]

PATIENCE = 10.0
"""Seconds that importing PyTorch may take."""

SHOWN = 3
"""Folders left behind that are named."""


def examine(data: Path | None = None, patience: float = PATIENCE) -> list[Finding]:
    """Examine this machine, which takes a second, or as long as importing PyTorch does.

    data: where datasets are, as for `datasets.open_dataset`.
    patience: seconds that importing PyTorch may take; with 0 it is not tried.
    """
    limits, now = Limits(), capacity()  # before this makes a load itself
    with ThreadPoolExecutor(1) as pool:
        is_tried = patience > 0 and version("torch") is not None
        importing = pool.submit(import_torch, patience) if is_tried else None
        isolation = NONE
        try:
            isolation = choose("auto")
            confined = of_isolation(isolation, find_means(), compute_devices())
        except OSError as error:
            confined = [of_no_trial(error)]
        later = [
            *confined,
            *of_capacity(now, limits, isolation),
            of_temporary_folder(temporary_folder(), limits),
            of_left_behind(left_behind()),
            *(of_dataset(name, tracks, data) for name, tracks in shipped_datasets().items()),
        ]
        imports = importing.result() if importing else None
    return [*of_software(imports), *later]


def sum_up(findings: Iterable[Finding]) -> str:
    """Say in one line what it comes to."""
    listed = list(findings)
    said = [f"{each.name} {each.found}" for each in listed if each.name == STRICT]
    for status, word in (("fail", "failure"), ("warn", "warning")):
        if count := sum(each.status == status for each in listed):
            said.append(f"{count} {word}{'s' * (count > 1)}")
    return "; ".join(said)


def left_behind() -> list[Path]:
    """Return the folders of processes that are no more, see `private.sweep`."""
    try:
        folders = Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
        return sorted(folder for folder in folders if private._is_stale(folder))
    except OSError:
        return []


def of_left_behind(folders: Sequence[Path]) -> Finding:
    """Judge what evaluators left that are no more."""
    if not folders:
        return Finding("machine", "left behind", "ok", "nothing of earlier runs")
    listed = ", ".join(map(str, folders[:SHOWN])) + ", …" * (len(folders) > SHOWN)
    mend = "subkit score removes them as it begins, and ends what still runs in them."
    found = f"{len(folders)} folders of runs that were ended: {listed}"
    return Finding("machine", "left behind", "warn", found, mend)


def shipped_datasets() -> dict[str, list[str]]:
    """Return the datasets of the shipped tracks, each with its tracks."""
    found: dict[str, list[str]] = {}
    for track in names():
        found.setdefault(open_track(track).dataset, []).append(track)
    return found


def of_dataset(name: str, tracks: Sequence[str], data: Path | None = None) -> Finding:
    """Judge whether a dataset is here; nothing is downloaded, nor any image read but the digits.

    tracks: those that need it.
    data: where it is, as for `datasets.open_dataset`.
    """
    needed = " and ".join(tracks)
    variable = os.environ.get(registry.DATA_VARIABLE)
    cache = registry._cache_folder(name)
    if name == "digits":
        return _of_digits(needed)
    try:
        if data is not None:
            where, by = data, "--data"
        elif variable:
            where, by = Path(variable).expanduser(), registry.DATA_VARIABLE
        elif cache.is_dir() and any(cache.iterdir()):
            where, by = cache, "the cache"
        else:
            mend = (
                f"Name it by --data or {registry.DATA_VARIABLE}; else the first run downloads it."
            )
            return Finding("data", name, "warn", f"not here, and {needed} needs it", mend)
        found = locate(name, where).path
    except (DataError, OSError) as fault:  # OSError: a folder that may not be looked into
        mend = f"Name by --data or {registry.DATA_VARIABLE} what holds it, see docs/tracks.md."
        return Finding("data", name, "warn", f"{fault}, and {needed} needs it", mend)
    return Finding("data", name, "ok", f"{found}, by {by}, for {needed}")


def _of_digits(needed: str) -> Finding:
    try:
        return Finding("data", "digits", "ok", f"{open_dataset('digits').source}, for {needed}")
    except DataError as fault:
        return Finding("data", "digits", "warn", fault.message, fault.mend)
