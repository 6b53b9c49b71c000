"""Answers with an object that takes for ever to become an array."""

import time


class Lazy:
    shape = (50,)

    def __array__(self, dtype=None, copy=None):
        time.sleep(1000)


def train(images, labels):
    return lambda images: Lazy()
