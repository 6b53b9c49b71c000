"""Aborts when it should predict."""

import os


def train(images, labels):
    return lambda images: os.abort()
