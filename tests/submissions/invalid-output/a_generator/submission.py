"""A generator."""


def train(images, labels):
    return lambda images: (0 for _ in images)
