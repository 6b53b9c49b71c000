"""The nearest class mean, as a script on folders of images.

    python3 main.py INPUT OUTPUT

    INPUT/train/<class>/*     images to learn from; the label is the place of the class among all
    INPUT/test/<folder>/*     images to label
    OUTPUT/answer_test.txt    one label a line, in the order of the test images

Folders and files count in the order of their names, as in torchvision's ImageFolder.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main():
    """Learn, label the test images, write the answer."""
    source, target = (Path(word).resolve() for word in [*sys.argv[1:], ".", "."][:2])
    rows, labels = read(source / "train")
    means = np.stack([rows[labels == label].mean(axis=0) for label in range(labels.max() + 1)])

    answers = []
    for row in read(source / "test")[0]:
        distances = ((means - row) ** 2).sum(axis=1)
        answers.append(int(distances.argmin()))

    target.mkdir(parents=True, exist_ok=True)
    (target / "answer_test.txt").write_text("\n".join(map(str, answers)))


def read(folder):
    """Return the images in the folders of a folder, one row of floats in 0..1 each, and labels."""
    rows, labels = [], []
    for label, inner in enumerate(sorted(folder.iterdir())):
        for path in sorted(inner.iterdir()):
            with Image.open(path) as image:
                rows.append(np.asarray(image.convert("RGB")).ravel() / 255.0)
            labels.append(label)
    return np.stack(rows), np.array(labels)


if __name__ == "__main__":
    main()
