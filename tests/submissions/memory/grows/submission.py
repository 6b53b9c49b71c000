"""Takes 20 MB more every few milliseconds."""

import time


def train(images, labels):
    kept = []
    while len(kept) < 100:
        kept.append(bytearray(b"x" * 20_000_000))
        time.sleep(0.02)
    return lambda images: [0] * len(images)
