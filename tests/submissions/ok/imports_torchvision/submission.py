"""Imports torchvision, whose wheel may not fit the installed torch."""


def train(images, labels):
    from torchvision import transforms

    assert transforms.functional.hflip is not None
    return lambda images: [0] * len(images)
