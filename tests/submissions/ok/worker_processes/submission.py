"""Uses worker processes, as honest code does."""

import multiprocessing


def square(number):
    return number**2


def train(images, labels):
    with multiprocessing.get_context("fork").Pool(3) as pool:
        assert sum(pool.map(square, range(100))) == 328350
    return lambda images: [0] * len(images)
