"""Sends, by itself, a well-formed answer for one image too few."""

import gc

import numpy as np
from submission_kit.arrays import pack_predictions
from submission_kit.child import Channel
from submission_kit.frames import Frame, Kind


def train(images, labels):
    channel = next(thing for thing in gc.get_objects() if isinstance(thing, Channel))

    def predict(images):
        answer = np.zeros(len(images) - 1, np.int64)
        channel.send(Frame(Kind.PREDICTIONS, pack_predictions(answer)))
        return answer

    return predict
