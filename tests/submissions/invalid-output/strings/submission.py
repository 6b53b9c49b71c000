"""The names of the classes."""


def train(images, labels):
    return lambda images: ["cat"] * len(images)
