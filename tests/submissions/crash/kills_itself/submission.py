"""Is killed."""

import os
import signal


def train(images, labels):
    os.kill(os.getpid(), signal.SIGKILL)
