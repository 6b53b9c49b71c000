"""Stops itself, and its supervisor goes on."""

import os
import signal


def train(images, labels):
    os.kill(os.getpid(), signal.SIGSTOP)
