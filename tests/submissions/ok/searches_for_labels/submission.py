"""Looks for the test set, its labels and the seed wherever a child could find them.

It raises where it finds something, so `ok` means that it found nothing.
"""

import gc
import os
import sys

import numpy as np


def search(words):
    """Return arrays that look like the test set, and words in the environment or arguments."""
    # Arrays are not among the collector's objects; what refers to them is.
    arrays = {id(thing): thing for holder in gc.get_objects()
              for thing in gc.get_referents(holder) if isinstance(thing, np.ndarray)}  # fmt: skip
    found = [array.shape for array in arrays.values() if array.shape[:1] == (50,)]
    said = " ".join([*sys.argv, *os.environ.values(), os.getcwd()]).lower()
    return found + [word for word in words if word in said]


def train(images, labels):
    found = search(["digits", "dev", "instance"])
    if found:
        raise RuntimeError(f"found {found}")
    return lambda images: [0] * len(images)
