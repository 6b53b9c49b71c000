"""Kills its parent."""

import os
import signal
import time


def train(images, labels):
    try:
        os.kill(os.getppid(), signal.SIGKILL)
    except OSError:
        pass
    time.sleep(0.1)
    return lambda images: [0] * len(images)
