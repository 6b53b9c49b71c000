"""Writes 100 MB in files of 5 MB, in a folder that it closes, where 50 MB are allowed."""

import os
import time
from pathlib import Path


def train(images, labels):
    folder = Path.home() / "hidden"
    folder.mkdir()
    for number in range(20):
        (folder / str(number)).write_bytes(os.urandom(5_000_000))
    folder.chmod(0)
    time.sleep(10)
    return lambda images: [0] * len(images)
