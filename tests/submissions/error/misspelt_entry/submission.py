"""Names an entry that is not there."""


def train(images, labels):
    return None
