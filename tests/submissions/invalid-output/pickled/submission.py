"""Answers with a pickle."""

import pickle


def train(images, labels):
    return lambda images: pickle.dumps([0] * len(images))
