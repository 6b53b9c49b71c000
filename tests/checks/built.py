"""Fixtures that no text file can hold: a bad and a good submission by code."""

from __future__ import annotations

import base64
import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

CODE = "def train(images, labels):\n    return lambda images: [0] * len(images)\n"
FILES = {
    "submission.yaml": "entry: submission:train\n",
    "submission.py": CODE,
    "metadata": "description: x\n",
}


def folder(path: Path, **more: str | bytes) -> Path:
    """Write a submission with these files too; `__` in a keyword stands for a dot."""
    path.mkdir(parents=True)
    for name, content in (FILES | more).items():
        target = path / name.replace("__", ".")
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            target.write_text(content)
        else:
            target.write_bytes(content)
    return path


def entry(name: str, mode: int = 0o644) -> zipfile.ZipInfo:
    """Return the head of an entry with a mode."""
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def packed(path: Path, change: Callable[[zipfile.ZipFile], None] | None = None) -> Path:
    """Write a submission's zip, and change it."""
    path.mkdir(parents=True)
    target = path / "bundle.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in FILES.items():
            file.writestr(entry(name), text)
        if change is not None:
            change(file)
    return target


def broken(path: Path) -> Path:
    target = packed(path)
    target.write_bytes(target.read_bytes()[:-30])
    return target


def link(file: zipfile.ZipFile) -> None:
    file.writestr(entry("data", stat.S_IFLNK | 0o777), "/etc/passwd")


def twice(file: zipfile.ZipFile) -> None:
    file.writestr(entry("submission.py"), CODE)


def no_mode(path: Path) -> Path:
    path.mkdir(parents=True)
    target = path / "bundle.zip"
    with zipfile.ZipFile(target, "w") as file:
        for name, text in FILES.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0x20  # an attribute of Windows, and no mode
            info.create_system = 0
            file.writestr(info, text)
    return target


def bomb(file: zipfile.ZipFile) -> None:
    file.writestr(entry("zeros.txt"), bytes(30_000_000), zipfile.ZIP_DEFLATED)


def encrypted(path: Path) -> Path:
    """Mark an entry as encrypted, in both of its heads."""
    target = packed(path, lambda file: file.writestr(entry("locked.txt"), "x"))
    data = bytearray(target.read_bytes())
    name = b"locked.txt"
    for mark, size, flags in ((b"PK\x03\x04", 30, 6), (b"PK\x01\x02", 46, 8)):
        place = data.index(mark)
        while bytes(data[place + size : place + size + len(name)]) != name:
            place = data.index(mark, place + 1)
        data[place + flags] |= 1
    target.write_bytes(data)
    return target


def large(path: Path) -> Path:
    made = folder(path)
    with (made / "huge.txt").open("wb") as file:
        file.truncate(301_000_000)  # takes no room on the disk
    return made


def many(path: Path, number: int) -> Path:
    made = folder(path)
    for index in range(number):
        (made / f"part{index}.txt").touch()
    return made


def unreadable(path: Path) -> Path:
    """Have a file whose content does not come, as one that is not ours to read."""
    made = folder(path)
    (made / "secret.txt").write_text("x")
    return made


def array() -> bytes:
    held = io.BytesIO()
    np.save(held, np.zeros(3))
    return held.getvalue()


def images(path: Path, number: int, side: int) -> Path:
    made = folder(path)
    for index in range(number):
        Image.new("RGB", (side, side)).save(made / f"image{index}.jpg")
    return made


ELF = b"\x7fELF\x02\x01\x01" + bytes(60)
WEIGHTS = base64.b64encode(np.random.default_rng(0).bytes(30_000)).decode()
DEEP = "x = " + "-" * 50_000 + "1\n"
SAFETENSORS = struct.pack("<Q", 60) + b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'

BUILT: dict[str, tuple[Callable[[Path], Path], Callable[[Path], Path]]] = {
    "L101": (broken, packed),
    "L109": (lambda path: packed(path, link), packed),
    "L111": (lambda path: packed(path, twice), packed),
    "L114": (no_mode, packed),
    "L115": (large, folder),
    "L116": (lambda path: many(path, 1001), lambda path: many(path, 900)),
    "L117": (lambda path: packed(path, bomb), packed),
    "L118": (encrypted, packed),
    "C402": (lambda path: folder(path, **{"submission.py": DEEP}), folder),
    "F501": (
        lambda path: folder(path, table__dat=array()),
        lambda path: folder(path, table__txt="0 1 2\n"),
    ),
    "F502": (lambda path: images(path, 12, 32), lambda path: images(path, 3, 32)),
    "F505": (
        lambda path: folder(path, fast__so=ELF),
        lambda path: folder(path, fast__c="int main;\n"),
    ),
    "F506": (
        lambda path: folder(path, **{"submission.py": f"W = {WEIGHTS!r}\n{CODE}"}),
        lambda path: folder(path, **{"submission.py": f"W = {WEIGHTS[:400]!r}\n{CODE}"}),
    ),
}
