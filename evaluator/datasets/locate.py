"""Which file or folder a dataset is to be read from, and in which form it is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evaluator.datasets.cifar10 import (
    ARCHIVE,
    FOLDER,
    open_cifar10_archive,
    open_cifar10_folder,
)
from evaluator.datasets.dataset import SPLITS, Dataset
from evaluator.datasets.image_tree import open_image_folder, open_image_zip
from evaluator.datasets.mnist import FILES, open_mnist
from evaluator.datasets.npz import open_npz
from submission_kit.errors import DataError

FORMS = (
    "a folder, or a zip, of images laid out train/<class>/… and test/<class>/…",
    "an .npz with x_train, y_train, x_test and y_test",
    f"CIFAR-10's original files: {ARCHIVE}, or the folder {FOLDER}",
    f"MNIST's original files: the folder MNIST/raw with {FILES['train'][0]} and so on",
    "a folder that holds one of these under a name that starts with the dataset's",
)


@dataclass(frozen=True)
class Found:
    """A dataset's files: where they are, and how they are opened.

    contents: the only dataset that can be in a form that has but one, "cifar10" or "mnist";
    empty where the form can hold any.
    """

    path: Path
    open: Callable[[str], Dataset]
    contents: str = ""


def locate(name: str, path: Path) -> Found:
    """Find a dataset by name in `path`: itself in one of FORMS, or a folder that holds it.

    Raises DataError where there is nothing of the kind, several, or another dataset.
    """
    if not os.path.exists(path):  # noqa: PTH110 - nor where a folder above may not be entered
        raise DataError(f"there is no {path} to read {name} from", forms_as_text())
    try:
        found = _search(plain(name), path, deeper=2)
    except OSError as fault:
        raise DataError(f"{fault.filename} cannot be listed: {fault.strerror}") from fault
    if not found:
        raise DataError(f"{path} does not hold {name}{_what_is_there(path)}", forms_as_text())
    if len(found) > 1:
        listed = ", ".join(str(each.path.relative_to(path)) for each in found)
        raise DataError(f"{path} holds {name} several times: {listed}", "Name one of them.")
    if found[0].contents and found[0].contents != plain(name):
        raise DataError(f"{found[0].path} holds {found[0].contents}, not {name}", forms_as_text())
    return found[0]


def plain(name: str) -> str:
    """A name without its variations: "CIFAR-10" and "cifar_10" are "cifar10"."""
    return name.lower().replace("-", "").replace("_", "")


def forms_as_text() -> str:
    """The accepted forms, one a line."""
    return "\n".join(("A dataset is read from", *(f"  - {form}" for form in FORMS)))


def _search(name: str, path: Path, deeper: int) -> list[Found]:
    """Look at `path`, then at entries named after the dataset, a few levels deep."""
    if (form := _form(path)) is not None:
        return [form]
    if deeper == 0 or not path.is_dir():
        return []
    entries = sorted(entry for entry in path.iterdir() if _is_named(entry.name, name))
    # torchvision leaves its download beside what it unpacked from it: one dataset, not two.
    if any(entry.name == FOLDER for entry in entries):
        entries = [entry for entry in entries if entry.name != ARCHIVE]
    return [found for entry in entries for found in _search(name, entry, deeper - 1)]


def _is_named(entry: str, name: str) -> bool:
    rest = plain(entry).removeprefix(name)
    # A digit would make it another name: cifar100 is not cifar10.
    return plain(entry).startswith(name) and not rest[:1].isdigit()


def _form(path: Path) -> Found | None:
    """Recognise a form by its suffix or by what a folder holds, without reading any file."""
    if path.is_dir():
        return _form_of_folder(path)
    if path.name.lower().endswith((".tar.gz", ".tgz")):
        return Found(path, lambda _: open_cifar10_archive(path), "cifar10")
    if path.suffix.lower() == ".zip":
        return Found(path, lambda name: open_image_zip(name, path))
    if path.suffix.lower() == ".npz":
        return Found(path, lambda name: open_npz(name, path))
    return None


def _form_of_folder(folder: Path) -> Found | None:
    if any((folder / split).is_dir() for split in SPLITS):
        return Found(folder, lambda name: open_image_folder(name, folder))
    if (folder / "data_batch_1").is_file():
        return Found(folder, lambda _: open_cifar10_folder(folder), "cifar10")
    if _holds_idx(folder):
        return Found(folder, lambda _: open_mnist(folder), "mnist")
    if _holds_idx(folder / "raw"):
        return Found(folder, lambda _: open_mnist(folder / "raw"), "mnist")
    return None


def _holds_idx(folder: Path) -> bool:
    # Unzipped alone counts too: opening then says why that does not do.
    images = FILES["train"][0]
    return any((folder / name).is_file() for name in (images, images.removesuffix(".gz")))


def _what_is_there(path: Path) -> str:
    if not path.is_dir():
        return ""
    entries = sorted(entry.name for entry in path.iterdir())
    if not entries:
        return "; the folder is empty"
    shown = ", ".join(entries[:10])
    return f"; it holds {shown}" + (f" and {len(entries) - 10} more" if len(entries) > 10 else "")
