"""Has its answer ready just after the limit."""

import time


def train(images, labels):
    time.sleep(1.05)
    return lambda images: [0] * len(images)
