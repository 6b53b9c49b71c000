"""Asks for an argument that this track does not give."""


def train(images, labels, unlabeled):
    return None
