"""Hands its work to a daemon and waits for it."""

import os
import sys
import time

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
    time.sleep(1000)
