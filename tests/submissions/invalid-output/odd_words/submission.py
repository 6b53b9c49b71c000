"""Reports of its progress what no program can read, in whole frames."""

import gc

from submission_kit.child import Channel
from submission_kit.frames import Frame, Kind

WORDS = [
    b'{"step": 1e999, "total": ' + b"9" * 4000 + b', "values": {"a": ' + b"9" * 400 + b"}}",
    b'{"step": [], "total": {}, "values": []}',
    b'{"values": {"' + b"x" * 5000 + b'": 1, "\\u001b[2J": NaN}}',
    b"[" * 8000,
    b"\xff\xfe",
    b"[1, 2]",
    b"",
]


def train(images, labels):
    channel = next(thing for thing in gc.get_objects() if isinstance(thing, Channel))
    for words in WORDS:
        channel.send(Frame(Kind.PROGRESS, words))
    return lambda images: [0] * len(images)
