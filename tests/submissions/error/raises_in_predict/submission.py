"""Raises when it should predict."""


def train(images, labels):
    return lambda images: 1 / 0
