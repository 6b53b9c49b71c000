"""Labels by the nearest training image; all that a script finds is as it should be."""

import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image

source, target = map(Path, sys.argv[1:])
assert Path.cwd() == source.parent == target.parent
assert sorted(os.listdir()) == ["input", "output", "program", "shared", "temp"]
assert sorted(os.listdir(source)) == ["test", "train"]
assert sorted(os.listdir(source / "train")) == list("0123456789")
assert len(os.listdir(source / "test")) == 1
for descriptor in range(3, 256):  # nothing leads from here to the harness
    try:
        os.fstat(descriptor)
    except OSError:
        continue
    raise AssertionError(descriptor)


def read(paths):
    return np.stack([np.asarray(Image.open(path)).ravel() / 255.0 for path in paths])


paths = sorted(source.glob("train/*/*"))
rows, labels = read(paths), [int(path.parent.name) for path in paths]
answers = []
for row in read(sorted(source.glob("test/*/*"))):
    answers.append(labels[((rows - row) ** 2).sum(axis=1).argmin()])
(target / "answer_test.txt").write_text("\n".join(map(str, answers)))
