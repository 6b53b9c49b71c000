"""Sends well-formed predictions with labels that do not exist."""

import gc
import struct
import time

from submission_kit.child import Channel
from submission_kit.frames import Frame, Kind


def train(images, labels):
    channel = next(thing for thing in gc.get_objects() if isinstance(thing, Channel))

    def predict(images):
        labels = struct.pack("<q", 99) * len(images)
        channel.send(Frame(Kind.PREDICTIONS, struct.pack("<cII", b"l", len(images), 0) + labels))
        time.sleep(100)

    return predict
