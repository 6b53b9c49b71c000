"""Fills shared memory without a file, which RLIMIT_DATA does not count, with a child looking on."""

import mmap
import os
import time


def train(images, labels):
    shared = mmap.mmap(-1, 600_000_000)
    if os.fork() == 0:
        time.sleep(10)
        os._exit(0)
    for _ in range(60):
        shared.write(b"x" * 10_000_000)
        time.sleep(0.02)
    time.sleep(2)
    return lambda images: [0] * len(images)
