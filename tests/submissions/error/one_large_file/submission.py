"""Writes a file that is larger than any may be."""

from pathlib import Path


def train(images, labels):
    with Path("large").open("wb") as file:
        for _ in range(60):
            file.write(bytes(1_000_000))
    return lambda images: [0] * len(images)
