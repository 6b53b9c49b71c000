"""Names a file that is not there."""


def train(images, labels):
    return None
