"""Forks every few milliseconds and goes on in the child, in a session of its own."""

import os
import time


def train(images, labels, *, pid_file, seconds):
    end = time.monotonic() + seconds
    if os.fork() == 0:
        while time.monotonic() < end:
            os.setsid() if os.getpid() != os.getsid(0) else None
            with open(pid_file, "w") as file:
                file.write(str(os.getpid()))
            time.sleep(0.005)
            if os.fork():
                os._exit(0)
        os._exit(0)
    time.sleep(seconds)
    return lambda images: [0] * len(images)
