"""A ragged list."""


def train(images, labels):
    return lambda images: [[0], [1, 2]] * (len(images) // 2)
