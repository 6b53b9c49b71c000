"""Takes one argument."""


def train(images):
    return None
