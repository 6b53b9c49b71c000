"""Images laid out `train/<class>/…` and `test/<class>/…`, in a folder or a zip.

Opening reads names alone; an image is read and decoded when it is picked, so that drawing 2100
of CIFAR-10's 60,000 images takes a fraction of a second.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from evaluator.datasets.dataset import SPLITS, check_picks, check_split
from evaluator.datasets.natural_order import natural_order
from evaluator.datasets.zipindex import read_index, read_members
from submission_kit.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
LAYOUT = "Lay the images out as train/<class>/<image> and test/<class>/<image>."

Files = dict[str, dict[str, list[str]]]  # split -> class -> names, as the source calls them


class ImageTree:
    """A dataset whose images are files, one each.

    files: of each split, the names of each class's images in any order; the order within a
    class becomes the natural one.
    read: yields the contents of the named files in the order asked for; may raise DataError.
    Raises DataError where the splits differ in their classes or one of them is empty.
    """

    def __init__(
        self,
        name: str,
        source: str,
        files: Files,
        read: Callable[[Sequence[str]], Iterator[bytes]],
    ) -> None:
        self.name = name
        self.source = source
        self.class_names = _agreed_classes(source, files)
        self._read = read
        self._files = {
            split: [natural_order(files[split][label]) for label in self.class_names]
            for split in SPLITS
        }

    def counts(self, split: str) -> tuple[int, ...]:
        """See Dataset.counts."""
        check_split(self, split)
        return tuple(len(members) for members in self._files[split])

    def images(self, split: str, picks: Sequence[tuple[int, int]]) -> npt.NDArray[np.uint8]:
        """See Dataset.images. All picks of one call must agree in size and in channels."""
        check_split(self, split)
        check_picks(self, split, picks)
        if not picks:  # no images, but of the right shape, as from any other source
            return self.images(split, [(0, 0)])[:0]
        members = self._files[split]
        names = [members[label][position] for label, position in picks]
        images: npt.NDArray[np.uint8] | None = None
        for at, (name, content) in enumerate(zip(names, self._read(names), strict=True)):
            image = decode(content, f"{name} ({self.source})")
            if images is None:
                images = np.empty((len(names), *image.shape), dtype=np.uint8)
            elif image.shape != images.shape[1:]:
                raise DataError(
                    f"{self.source}: the images differ in shape (height, width, channels):"
                    f" {names[0]} is {images.shape[1:]}, {name} is {image.shape}",
                    "Make all images one size, and all of them grey or all of them colour.",
                )
            images[at] = image
        return cast("npt.NDArray[np.uint8]", images)


def open_image_folder(name: str, folder: Path) -> ImageTree:
    """Open a folder with `train/<class>/…` and `test/<class>/…`.

    Raises DataError where it is laid out otherwise or cannot be read.
    """

    def read(names: Sequence[str]) -> Iterator[bytes]:
        for file in names:
            try:
                yield (folder / file).read_bytes()
            except OSError as fault:
                raise DataError(f"{folder / file} cannot be read: {fault.strerror}") from fault

    source = f"folder of images {folder.name}"
    try:
        names = list(_names_in_folder(folder))
    except OSError as fault:
        raise DataError(f"{fault.filename} cannot be listed: {fault.strerror}") from fault
    return ImageTree(name, source, _sort_out(source, names), read)


def open_image_zip(name: str, path: Path) -> ImageTree:
    """Open a zip with `train/<class>/…` and `test/<class>/…`, or both under one top folder.

    Raises DataError where it is laid out otherwise, broken or not a zip.
    """
    index = read_index(path)
    source = f"zip of images {path.name}"
    files = _sort_out(source, index)
    return ImageTree(name, source, files, lambda names: read_members(path, index, names))


def decode(content: bytes, what: str) -> npt.NDArray[np.uint8]:
    """Decode an image file: uint8 [H, W, 1] where it is grey, else [H, W, 3], alpha dropped.

    what: names the image in a fault.
    Raises DataError where the content is no image, is broken, or has more than 8 bits a channel.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.mode.startswith(("I", "F")):  # 16 or 32 bits; converting would clip them
                raise DataError(
                    f"{what} has more than 8 bits a channel (mode {image.mode})",
                    "Convert the images to 8 bits a channel.",
                )
            pixels = np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))
    except DataError:
        raise
    except Exception as fault:  # Pillow's readers raise nearly anything on a broken file
        raise DataError(f"{what} cannot be decoded: {fault}") from fault
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def _names_in_folder(folder: Path) -> Iterator[str]:
    for split in SPLITS:
        if not (folder / split).is_dir():
            continue
        with os.scandir(folder / split) as labels:
            for label in labels:
                if label.is_dir():
                    with os.scandir(label.path) as files:
                        yield from (f"{split}/{label.name}/{file.name}" for file in files)


def _sort_out(source: str, names: Iterable[str]) -> Files:
    """Sort names by split and class, leaving out what is no image of the layout.

    Raises DataError where the splits lie under more than one top folder.
    """
    folders: dict[str, list[str]] = {}
    for name in names:
        folder, _, file = name.rpartition("/")
        # Not what systems leave lying about: .DS_Store, ._1.png, Thumbs.db.
        if file.lower().endswith(SUFFIXES) and not file.startswith("."):
            folders.setdefault(folder, []).append(name)

    files: Files = {split: {} for split in SPLITS}
    tops = set()
    for folder, members in folders.items():
        parts = folder.split("/")
        if len(parts) in (2, 3) and parts[-2] in SPLITS and not _is_hidden(parts):
            tops.add("/".join(parts[:-2]))
            files[parts[-2]][parts[-1]] = members
    if len(tops) > 1:
        listed = ", ".join(top or "(none)" for top in sorted(tops))
        raise DataError(f"{source}: train/ and test/ lie under several folders: {listed}", LAYOUT)
    return files


def _is_hidden(folders: Sequence[str]) -> bool:
    """Whether one of the folders is a system's own; __MACOSX is what macOS adds to its zips."""
    return any(folder.startswith(".") or folder == "__MACOSX" for folder in folders)


def _agreed_classes(source: str, files: Files) -> tuple[str, ...]:
    train, test = (set(files[split]) for split in SPLITS)
    if not train and not test:
        raise DataError(f"{source} holds no images laid out as a dataset", LAYOUT)
    if train != test:
        differences = [
            f"{name}/ has no images of {', '.join(natural_order(list(lacking)))}"
            for name, lacking in (("train", test - train), ("test", train - test))
            if lacking
        ]
        raise DataError(f"{source}: the splits differ in classes: {'; '.join(differences)}", LAYOUT)
    return tuple(sorted(train))
