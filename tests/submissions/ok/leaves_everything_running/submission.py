"""Answers, and leaves a thread, a child and a timer behind."""

import os
import signal
import subprocess
import threading
import time


def train(images, labels):
    threading.Thread(target=time.sleep, args=(1000,)).start()
    subprocess.Popen(["sleep", "30"], start_new_session=True)
    if os.fork() == 0:
        time.sleep(30)
        os._exit(0)
    signal.setitimer(signal.ITIMER_REAL, 30)
    return lambda images: [0] * len(images)
