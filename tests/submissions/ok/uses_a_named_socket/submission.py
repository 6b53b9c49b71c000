"""Connects to a Unix socket that has a name among the files."""

import socket


def train(images, labels, *, named):
    with socket.socket(socket.AF_UNIX) as here:
        try:
            here.connect(named)
        except OSError:
            return lambda images: [0] * len(images)
    raise RuntimeError("found somebody who listens")
