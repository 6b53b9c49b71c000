"""Sends its answer twice, by itself; the first counts."""

import gc

from submission_kit.arrays import pack_predictions
from submission_kit.child import Channel
from submission_kit.frames import Frame, Kind

import numpy as np


def train(images, labels):
    channel = next(thing for thing in gc.get_objects() if isinstance(thing, Channel))

    def predict(images):
        answer = np.zeros(len(images), np.int64)
        channel.send(Frame(Kind.PREDICTIONS, pack_predictions(answer)))
        return answer

    return predict
