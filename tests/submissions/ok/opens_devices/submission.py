"""Opens a device that is not its business, by its name and by a node that it makes itself."""

import os
import stat


def train(images, labels, *, device):
    ways = {
        "device": lambda: os.open(device, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY),
        "made": lambda: os.mknod("node", stat.S_IFCHR | 0o600, os.makedev(1, 11)),
    }
    found = []
    for name, way in ways.items():
        try:
            way()
            found.append(name)
        except OSError:
            continue
    if found:
        raise RuntimeError(f"found {' '.join(found)}.")
    return lambda images: [0] * len(images)
