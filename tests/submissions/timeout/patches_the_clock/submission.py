"""Thinks that no time passes."""

import time


def train(images, labels):
    now = time.monotonic()
    time.monotonic = time.time = time.perf_counter = lambda: now
    while True:
        pass
