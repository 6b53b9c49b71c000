"""Answers, and leaves a daemon behind that let go of everything."""

import os
import sys

DAEMON = """
import os, sys, time
with open(sys.argv[1] + ".part", "w") as file:
    file.write(str(os.getpid()))
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(60)
"""


def train(images, labels, *, pid_file, mark):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve(sys.executable, [sys.executable, "-c", DAEMON, pid_file, mark], {})
        os._exit(0)
    while not os.path.exists(pid_file):
        pass
    return lambda images: [0] * len(images)
