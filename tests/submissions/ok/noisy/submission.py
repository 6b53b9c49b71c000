"""Prints 20 MB, and some that is no text."""

import os
import sys


def train(images, labels):
    print("first words")
    for _ in range(20):
        os.write(1, b"\x1b[2J\xff" + b"x" * 1_000_000 + b"\n")
    print("last words", file=sys.stderr)
    return lambda images: [0] * len(images)
