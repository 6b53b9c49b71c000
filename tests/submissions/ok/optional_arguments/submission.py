"""Every optional argument arrives, and is sensible."""

import os


def train(images, labels, *, seed, threads, deadline, strength):
    assert isinstance(seed, int)
    assert seed > 5, "the instance's own seed must not be told"
    assert threads == 2 == int(os.environ["OMP_NUM_THREADS"])
    assert 0 < deadline <= 60
    assert strength == 0.5
    return lambda images: [0] * len(images)
