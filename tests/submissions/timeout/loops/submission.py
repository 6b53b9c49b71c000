"""Never ends its training."""


def train(images, labels):
    while True:
        pass
