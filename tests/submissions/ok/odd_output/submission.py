"""Prints without end of line, to closed streams, and leaves the pipe open in a grandchild."""

import os
import sys
import time


def train(images, labels):
    os.write(2, "\x1b[31m red, \a, ‮ reversed, 🙈 \r and \0 gone ".encode())
    for _ in range(50):
        os.write(1, b"x" * 100_000)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(20)
        os._exit(0)
    os.close(1)
    os.close(2)
    for stream in (sys.stdout, sys.stderr):
        try:
            print("after the end", file=stream)
        except OSError:
            continue
    with open("takes-the-number-of-a-stream", "w") as file:
        print("odd", file=file)
    return lambda images: [0] * len(images)
