"""Changes owner, mode, attributes and times of a file outside, to leave a sign for a later trial.

Calls that only pretend to have worked do not count: it looks whether something has changed.
"""

import os


def look(path):
    status = os.stat(path)
    return status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, os.listxattr(path)


def train(images, labels, *, secret):
    ways = {
        "mode": lambda: os.chmod(secret, 0o640),
        "mode-of-open": lambda: os.fchmod(os.open(secret, os.O_RDONLY), 0o604),
        "attribute": lambda: os.setxattr(secret, "user.sign", b"x"),
    }
    found = []
    for name, way in ways.items():
        try:
            before = look(secret)
            way()
            if look(secret) != before:
                found.append(name)
        except OSError:
            continue
    if found:
        raise RuntimeError(f"found {' '.join(found)}.")
    return lambda images: [0] * len(images)
