"""Forgets to return predict."""


def train(images, labels):
    predict = len  # noqa: F841
