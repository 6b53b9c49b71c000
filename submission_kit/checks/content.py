"""Content: what the files hold, told by their names and first bytes."""

from __future__ import annotations

import ast
import re
import struct
from collections import defaultdict
from collections.abc import Iterator

from submission_kit.quantities import format_size

from .case import Case
from .code_data import FILES
from .rule import Found, rule
from .tree import is_litter

MAX_LOOKED_AT = 2000
"""Files whose first bytes are read."""

MAX_SEARCHED = 20_000_000
"""Bytes of all text that is searched for secrets."""

MANY_IMAGES = 50
FEW_SMALL_IMAGES = 10
SMALL_SIDE = 64
"""Pixels; images of low-data competitions are no larger."""

LONG_TEXT = 20_000
"""Characters of data in one file's literals; a picture of a class would fit."""

MANY_NUMBERS = 2000

_WEIGHTS = {
    ".bin", ".caffemodel", ".ckpt", ".dill", ".gguf", ".ggml", ".h5", ".hdf5", ".joblib", ".keras",
    ".mar", ".mat", ".mlmodel", ".model", ".npy", ".npz", ".onnx", ".pb", ".pickle", ".pkl", ".pt",
    ".pth", ".safetensors", ".tflite",
}  # fmt: skip

_MAGIC = (
    (b"\x93NUMPY", "a numpy array"),
    (b"\x89HDF\r\n", "an HDF5 file"),
    (b"GGUF", "a GGUF model"),
    (b"MATLAB 5.0", "a MATLAB file"),
)
_COMPILED = ((b"\x7fELF", "Linux"), (b"MZ", "Windows"), (b"\xcf\xfa\xed\xfe", "macOS"))

_SECRETS = (
    (re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/]"), "a private key"),
    (re.compile(rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), "a key of Amazon's"),
    (re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40})"), "a token of GitHub's"),
    (re.compile(rb"\bglpat-[\w-]{20}\b"), "a token of GitLab's"),
    (re.compile(rb"\bhf_[A-Za-z0-9]{34}\b"), "a token of Hugging Face's"),
    (re.compile(rb"\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{40,}"), "a key for a model's service"),
    (re.compile(rb"\bxox[abprs]-[0-9A-Za-z-]{20,}"), "a token of Slack's"),
    (re.compile(rb"\bAIza[0-9A-Za-z_-]{35}\b"), "a key of Google's"),
)
_SECRET_NAMES = {".netrc", "kaggle.json", "id_rsa", "id_ed25519", "id_ecdsa", ".pypirc"}

_DATA_TEXT = re.compile(r"[A-Za-z0-9+/]{200,}|(?:\\x[0-9a-f]{2}){60,}")


@rule("F501", "error")
def weights(case: Case) -> Iterator[Found]:
    """Weights or arrays in the submission.

    A track is closed unless it says `pretrained: true`: a submission learns from its hundred images
    alone, and what was learnt before may not come along. Told by the name's end and by the first
    bytes.

    Mend: Remove the file. A table that nobody learnt: write it in the code, or say so with
    `# subkit: ignore[F501] reason` in submission.yaml.
    """
    if case.rules.pretrained:
        return
    for name, head in _heads(case):
        end = _suffix(name)
        what = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")
        if head[:2] == b"PK" and end != ".zip" and b"data.pkl" in head:
            what = "weights of PyTorch's"
        elif _is_pickle(head):
            what = "a pickle"
        elif head[8:9] == b"{" and _is_safetensors(head):
            what = "weights as safetensors"
        if what or end in _WEIGHTS:
            size = format_size(case.tree.files[name].size)
            yield Found(name, f"is {what or f'by its name ({end}) weights or arrays'}, {size}")


@rule("F502", "warning")
def images(case: Case) -> Iterator[Found]:
    """Images that look like a dataset's: many, or ten of the same small size.

    The images to learn from are given; others are learning from elsewhere.

    Mend: Leave them out.
    """
    sizes: dict[tuple[str, tuple[int, int]], int] = defaultdict(int)
    folders: dict[str, int] = defaultdict(int)
    for name, head in _heads(case):
        if size := _image_size(head):
            folder = name.rpartition("/")[0]
            folders[folder] += 1
            sizes[folder, size] += 1
    small = {
        folder: f"{number} images of {width}x{height}"
        for (folder, (width, height)), number in sizes.items()
        if number >= FEW_SMALL_IMAGES and max(width, height) <= SMALL_SIDE
    }
    for folder, number in folders.items():
        if folder in small or number >= MANY_IMAGES:
            yield Found(folder, f"holds {small.get(folder, f'{number} images')}")


@rule("F503", "error")
def dataset_files(case: Case) -> Iterator[Found]:
    """Files of a known dataset.

    They hold the hidden test images and their labels.

    Mend: Leave them out; the images to learn from are arguments of `train`.
    """
    for name in case.tree.files:
        last = name.rpartition("/")[2]
        if FILES.search(last) or (FILES.search(name) and not last.endswith((".py", ".md"))):
            yield Found(name, "has the name of a dataset's file")


@rule("F504", "error")
def secret(case: Case) -> Iterator[Found]:
    """A private key, a token or a password file.

    A bundle is read by organisers and often published; what is uploaded cannot be taken back.

    Mend: Remove it, and have it replaced where it was issued.
    """
    left = MAX_SEARCHED
    for name, file in case.tree.files.items():
        last = name.rpartition("/")[2]
        if last in _SECRET_NAMES:
            yield Found(name, "holds keys or passwords by its name")
        elif file.size <= left and _is_text_name(last) and not is_litter(name):
            left -= file.size
            data = case.tree.read(name, MAX_SEARCHED)
            for pattern, what in _SECRETS:
                if match := pattern.search(data):
                    line = data.count(b"\n", 0, match.start()) + 1
                    column = match.start() - data.rfind(b"\n", 0, match.start())
                    yield Found(name, f"holds {what}", line, column)


@rule("F505", "warning")
def compiled(case: Case) -> Iterator[Found]:
    """A program or library in machine code.

    It runs on one kind of machine, and no reviewer can read it.

    Mend: Bring the source, or use the track's packages.
    """
    for name, head in _heads(case):
        for magic, system in _COMPILED:
            if head.startswith(magic) and b"\0" in head:
                yield Found(name, f"is machine code for {system}")


@rule("F506", "warning")
def embedded(case: Case) -> Iterator[Found]:
    """Data written into the code: a long literal of base64 or hexadecimal digits, or of numbers.

    On a closed track it looks like weights that were learnt elsewhere.

    Mend: Compute it, or say what it is with `# subkit: ignore[F506] reason`.
    """
    if case.rules.pretrained:
        return
    for source in case.sources:
        if source.fault is not None and not source.fault.line:
            text = case.tree.read(source.name, 2_000_000).decode("latin-1")
            if sum(len(match[0]) for match in _DATA_TEXT.finditer(text)) > LONG_TEXT:
                yield Found(source.name, "holds data as text")
            continue
        held = 0
        first: ast.Constant | None = None
        for literal, node in source.strings:
            if len(literal) >= 200 and (
                part := sum(len(match[0]) for match in _DATA_TEXT.finditer(literal))
            ):
                held, first = held + part, first or node
        for value, constant in source.bytes:
            if len(value) >= 200:
                held, first = held + len(value), first or constant
        if first is not None and held > LONG_TEXT:
            yield source.at(first, f"holds {held} characters of data as text")
        for listed, number in source.numbers:
            if number > MANY_NUMBERS:
                yield source.at(listed, f"holds {number} numbers")


def _heads(case: Case) -> Iterator[tuple[str, bytes]]:
    """Yield the first bytes of each file, as far as anybody has so many."""
    for number, name in enumerate(case.tree.files):
        if number >= MAX_LOOKED_AT:
            return
        if not is_litter(name):
            yield name, case.head(name)


def _suffix(name: str) -> str:
    last = name.rpartition("/")[2].lower()
    return f".{last.rpartition('.')[2]}" if "." in last[1:] else ""


def _is_text_name(last: str) -> bool:
    ends = (".py", ".yaml", ".yml", ".json", ".toml", ".txt", ".md", ".cfg", ".ini", ".env", ".pem",
            ".key", ".sh", ".ipynb")  # fmt: skip
    return last.endswith(ends) or "." not in last


def _is_pickle(head: bytes) -> bool:
    """Whether it begins as pickles of protocols 2 to 5 do; 4 and 5 have a frame."""
    if head[:1] != b"\x80" or len(head) < 4 or not 2 <= head[1] <= 5:
        return False
    return head[1] <= 3 or head[2:3] == b"\x95" or head[-1:] == b"."


def _is_safetensors(head: bytes) -> bool:
    (length,) = struct.unpack("<Q", head[:8])
    return bool(2 <= length < 100_000_000 and b'"dtype"' in head)


def _image_size(head: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, GIF, BMP or JPEG, as far as its head tells."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        return struct.unpack(">II", head[16:24])
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 10:
        return struct.unpack("<HH", head[6:10])
    if head.startswith(b"BM") and len(head) >= 26 and head[6:10] == b"\0\0\0\0":
        return struct.unpack("<ii", head[18:26])
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg_size(head)
    return None


def _jpeg_size(head: bytes) -> tuple[int, int]:
    """Return the size in the first frame header; (0, 0) where it comes later."""
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        marker, length = head[place + 1], int.from_bytes(head[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return width, height
        place += 2 + max(2, length)
    return 0, 0
