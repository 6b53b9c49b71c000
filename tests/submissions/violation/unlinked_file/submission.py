"""Writes 100 MB into a file that has no name any more, where 50 MB are allowed."""

import os
import tempfile
import time


def train(images, labels):
    with tempfile.TemporaryFile() as file:
        for _ in range(20):
            file.write(os.urandom(5_000_000))
        file.flush()
        time.sleep(10)
    return lambda images: [0] * len(images)
