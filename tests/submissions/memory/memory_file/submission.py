"""Fills a file without a name that is in memory, by writing to it."""

import os
import time


def train(images, labels):
    file = os.memfd_create("x")
    for _ in range(60):
        os.write(file, bytes(10_000_000))
        time.sleep(0.02)
    time.sleep(2)
    return lambda images: [0] * len(images)
