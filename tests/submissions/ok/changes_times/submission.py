"""Sets a time of a file outside, to leave a number for a later trial."""

import os


def train(images, labels, *, secret):
    try:
        os.utime(secret, (12345, 12345))
    except OSError:
        pass
    else:
        if os.stat(secret).st_mtime == 12345:
            raise RuntimeError("found its times")
    return lambda images: [0] * len(images)
