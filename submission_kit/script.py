"""The script form's program: a submission of the native or object form, run on folders of images.

    python3 main.py [INPUT [OUTPUT]]

    INPUT/train/<class>/*     images to train on; the label is the place of the class among all
    INPUT/test/<folder>/*     images to label
    OUTPUT/answer_test.txt    one label a line, in the order of the test images

Folders and files are taken in the order of their names, as torchvision's ImageFolder does; both
arguments default to the current folder. Where there are `train_1`, `train_2` and so on, each is an
instance of its own, with `test_1` or else `test`, and `answer_test_1.txt`.

`subkit pack --form script` lays this file into the bundle as `main.py`, and the few modules that it
needs beside it. It takes what to run from the manifest, and needs no more than numpy and Pillow.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
"""What ImageFolder takes for images."""

BATCH = 500
"""Images that are predicted at a time."""


def main(arguments: list[str] | None = None) -> None:
    """Run the bundle that this file stands in."""
    if sys.version_info < (3, 11):  # noqa: UP036 - a server may have any
        sys.exit(f"this bundle needs Python 3.11 or newer, and this is {sys.version.split()[0]}")
    words = [*(sys.argv[1:] if arguments is None else arguments), ".", "."]
    source, target = Path(words[0]).resolve(), Path(words[1]).resolve()
    here = Path(__file__).resolve().parent
    manifest = json.loads((here / "manifest.json").read_text(encoding="utf-8"))
    target.mkdir(parents=True, exist_ok=True)
    suffixes = sorted(path.name.removeprefix("train") for path in source.glob("train_*"))
    for suffix in suffixes or [""]:
        test = source / f"test{suffix}"
        test = test if test.is_dir() else source / "test"
        labels = label(here, manifest, source / f"train{suffix}", test)
        (target / f"answer_test{suffix}.txt").write_text("\n".join(map(str, labels)))


def label(folder: Path, manifest: dict[str, Any], train: Path, test: Path) -> list[int]:
    """Train the submission in a folder on one folder of images, and return its labels of another.

    Leaves with a message where the images or the submission are not what they should be.
    """
    import numpy as np

    from submission_kit.contract import ContractError, check_predictions, load, training_seed

    started = time.monotonic()
    submission, track = manifest["submission"], manifest["track"]
    paths, classes = images_in(train)
    known = sorted(set(classes))
    mode = "L" if all(_is_grey(path) for path in paths) else "RGB"
    images = read(paths, mode)
    labels = np.array([known.index(name) for name in classes], np.int64)
    try:
        learner = load(folder, submission["entry"], submission["params"])
        offered = {
            "seed": training_seed(images),
            "threads": min(track["threads"], os.cpu_count() or 1),
            "deadline": track["seconds"] - (time.monotonic() - started),
        }
        predict = learner.train(images, labels, offered)
        answers: list[int] = []
        waiting, _ = images_in(test)
        for first in range(0, len(waiting), BATCH):
            batch = read(waiting[first : first + BATCH], mode)
            predicted = check_predictions(predict(batch), len(batch), len(known))
            answers += (predicted if predicted.ndim == 1 else predicted.argmax(axis=1)).tolist()
    except ContractError as error:
        sys.exit(f"error: {error}")
    return answers


def images_in(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the images in the folders of a folder, and the name of the folder of each."""
    found, names = [], []
    for inner in sorted(folder.iterdir()) if folder.is_dir() else ():
        for parent, _, files in sorted(os.walk(inner, followlinks=True)):
            images = [name for name in sorted(files) if name.lower().endswith(EXTENSIONS)]
            found += [Path(parent, name) for name in images]
            names += [inner.name] * len(images)
    if not found:
        sys.exit(f"error: no images in the folders of {folder}")
    return found, names


def read(paths: list[Path], mode: str) -> Any:
    """Return images as uint8 [N, H, W, C]; mode is L for one channel, RGB for three."""
    import numpy as np
    from PIL import Image

    arrays = []
    for path in paths:
        with Image.open(path) as image:
            arrays.append(np.asarray(image.convert(mode)))
        if arrays[-1].shape != arrays[0].shape:
            sys.exit(f"error: {path} and {paths[0]} differ in size")
    stacked = np.stack(arrays)
    return stacked[..., np.newaxis] if mode == "L" else stacked


def _is_grey(path: Path) -> bool:
    from PIL import Image

    with Image.open(path) as image:
        return image.mode in ("1", "L")


if __name__ == "__main__":
    main()
