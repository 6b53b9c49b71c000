"""Fills files in /dev/shm that it never maps: no process holds them."""

import os
import time


def train(images, labels):
    path = f"/dev/shm/subkit-test-{os.getpid()}-"
    for number in range(60):
        with open(f"{path}{number}", "wb", buffering=0) as file:
            try:
                file.write(bytes(10_000_000))
            except OSError:  # full, where it has a bound of its own
                break
        time.sleep(0.02)
    time.sleep(2)
    return lambda images: [0] * len(images)
