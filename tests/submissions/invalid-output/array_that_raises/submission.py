"""Answers with an object that raises as it becomes an array, with odd words."""


class Lazy:
    def __array__(self, dtype=None, copy=None):
        raise ValueError("\x1b[2J" + "x" * 100_000)


def train(images, labels):
    return lambda images: Lazy()
