"""Makes 600 files and folders where 500 are allowed."""

import os
import tempfile
import time


def train(images, labels):
    for number in range(300):
        folder = os.path.join(tempfile.gettempdir(), str(number))
        os.mkdir(folder)
        os.mkfifo(os.path.join(folder, "fifo"))
    time.sleep(10)
    return lambda images: [0] * len(images)
