"""Answers, then does not leave."""

import atexit
import time


def train(images, labels):
    atexit.register(time.sleep, 1000)
    return lambda images: [0] * len(images)
