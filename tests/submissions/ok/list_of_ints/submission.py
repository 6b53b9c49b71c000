"""Predictions as a plain list."""


def train(images, labels):
    return lambda images: [0 for _ in images]
