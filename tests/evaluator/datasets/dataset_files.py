"""Small datasets in every form that is read, written afresh for each test."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from evaluator.datasets.cifar10 import ARCHIVE, BATCHES, FOLDER
from evaluator.datasets.mnist import FILES

Pixels = npt.NDArray[np.uint8]


def noise(*key: int, shape: tuple[int, ...] = (5, 4, 3)) -> Pixels:
    """An image that no other key has."""
    return np.random.default_rng(key).integers(0, 256, shape, dtype=np.uint8)


def image_bytes(pixels: npt.NDArray[np.integer[Any]], form: str = "png") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels.squeeze()).save(buffer, form)
    return buffer.getvalue()


def write_tree(
    folder: Path, classes: tuple[str, ...] = ("ant", "bee"), train: int = 12, test: int = 3
) -> Path:
    """Image i of class c in the split of n images is noise(n, c, i), in the file i.png."""
    for split, count in (("train", train), ("test", test)):
        for label, name in enumerate(classes):
            (folder / split / name).mkdir(parents=True)
            for i in range(count):
                content = image_bytes(noise(count, label, i))
                (folder / split / name / f"{i}.png").write_bytes(content)
    return folder


def zip_tree(
    folder: Path, path: Path, top: str = "", method: int = zipfile.ZIP_DEFLATED, zip64: bool = False
) -> Path:
    """Zip a folder. zip64 writes sizes in the way of archives beyond 4 GB."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for file in sorted(folder.rglob("*"), reverse=True):
            name = top + file.relative_to(folder).as_posix()
            if file.is_dir():
                archive.writestr(f"{name}/", b"")
            else:
                with archive.open(name, "w", force_zip64=zip64) as member:
                    member.write(file.read_bytes())
    return path


def write_npz(path: Path, **changed: npt.ArrayLike | None) -> Path:
    """Two classes, 7 and 9, in turns; `changed` replaces arrays, or drops them with None."""
    arrays: dict[str, npt.ArrayLike | None] = {
        "x_train": noise(1, shape=(8, 5, 4)),
        "y_train": np.array([9, 7] * 4),
        "x_test": noise(2, shape=(4, 5, 4)),
        "y_test": np.array([7, 9] * 2),
    }
    kept = {key: value for key, value in (arrays | changed).items() if value is not None}
    np.savez_compressed(path, **kept)  # type: ignore[arg-type]
    return path


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def python2_pickle(data: Pixels, labels: list[int]) -> bytes:
    """A batch as Python 2 pickled it: byte strings, and arrays by their old module's name."""

    def text(value: str) -> bytes:
        return b"U" + bytes([len(value)]) + value.encode("latin1")  # SHORT_BINSTRING

    def number(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)  # BININT

    pixels = data.tobytes()
    dtype = (
        b"cnumpy\ndtype\n" + text("u1") + number(0) + number(1) + b"\x87R"  # dtype("u1", 0, 1)
        b"(" + number(3) + text("|") + b"NNN" + number(-1) + number(-1) + number(0) + b"tb"
    )
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        + (number(0) + b"\x85" + text("b") + b"\x87R")  # _reconstruct(ndarray, (0,), "b")
        + (b"(" + number(1) + number(data.shape[0]) + number(data.shape[1]) + b"\x86")
        + dtype
        + (b"\x89T" + struct.pack("<i", len(pixels)) + pixels + b"tb")  # False, BINSTRING
    )
    listed = b"](" + b"".join(number(label) for label in labels) + b"e"
    batch = text("batch_label") + text("a batch") + text("labels") + listed + text("data") + array
    return b"\x80\x02}(" + batch + b"u."


def cifar10_batches() -> dict[str, tuple[Pixels, list[int]]]:
    """Of each batch four images, uint8 [4, 32, 32, 3], and their labels."""
    names = [name for batches in BATCHES.values() for name in batches]
    return {name: (noise(n, shape=(4, 32, 32, 3)), [n, 9, n, 0]) for n, name in enumerate(names, 1)}


def write_cifar10(root: Path) -> dict[str, str]:
    """Write the folder and the archive, as torchvision leaves them; give their checksums."""
    (root / FOLDER).mkdir(parents=True)
    checksums = {}
    for name, (images, labels) in cifar10_batches().items():
        content = python2_pickle(images.transpose(0, 3, 1, 2).reshape(len(images), -1), labels)
        (root / FOLDER / name).write_bytes(content)
        checksums[name] = md5(content)
    with tarfile.open(root / ARCHIVE, "w:gz") as archive:
        archive.add(root / FOLDER, FOLDER)
    return checksums | {ARCHIVE: md5((root / ARCHIVE).read_bytes())}


def mnist_arrays() -> dict[str, Pixels]:
    """The contents of the four files."""
    arrays = {}
    for seed, (split, count) in enumerate((("train", 20), ("test", 10))):
        images, labels = FILES[split]
        arrays[images] = noise(seed, shape=(count, 28, 28))
        arrays[labels] = np.arange(count, dtype=np.uint8)[::-1] % 10
    return arrays


def idx(array: Pixels) -> bytes:
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


def write_mnist(raw: Path) -> dict[str, str]:
    """Write the four files, gzipped and plain, as torchvision leaves them; give the checksums."""
    raw.mkdir(parents=True)
    checksums = {}
    for name, array in mnist_arrays().items():
        content = gzip.compress(idx(array))
        (raw / name).write_bytes(content)
        (raw / name.removesuffix(".gz")).write_bytes(idx(array))
        checksums[name] = md5(content)
    return checksums
