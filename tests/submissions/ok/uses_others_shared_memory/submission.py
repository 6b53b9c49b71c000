"""Reads and changes what another program of the same user has in /dev/shm."""

from pathlib import Path


def train(images, labels, *, shared):
    try:
        with open(Path("/dev/shm", shared), "r+") as file:
            said = file.read()
    except OSError:
        said = ""
    if said:
        raise RuntimeError(f"found {said}")
    return lambda images: [0] * len(images)
