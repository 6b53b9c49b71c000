"""Trains, and never predicts."""

import threading


def train(images, labels):
    return lambda images: threading.Event().wait()
