"""One prediction too many, in a list."""


def train(images, labels):
    return lambda images: [0] * (len(images) + 1)
