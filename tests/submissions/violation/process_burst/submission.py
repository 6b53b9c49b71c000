"""Starts 40 processes where 20 are allowed."""

import subprocess
import time


def train(images, labels):
    for _ in range(40):
        subprocess.Popen(["sleep", "20"])
    time.sleep(20)
    return lambda images: [0] * len(images)
