"""Starts 15 processes at once where 20 are allowed, and some that come and go."""

import subprocess


def train(images, labels):
    for _ in range(2):
        started = [subprocess.Popen(["sleep", "0.4"]) for _ in range(15)]
        for process in started:
            assert process.wait() == 0
    return lambda images: [0] * len(images)
