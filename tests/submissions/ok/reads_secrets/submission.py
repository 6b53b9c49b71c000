"""Reads, lists and writes what lies outside its folders; raises with all that it could do."""

import os
import shutil
from pathlib import Path


def read(path):
    assert "the secret word" in Path(path).read_text()


def through_a_link(path):
    os.symlink(path, "link")
    read("link")


def through_another_name(path):
    os.link(path, "hard-link")
    read("hard-link")


def taken_away(path):
    os.rename(path, "taken")
    os.rename("taken", path)


def of_the_parent(path):
    read(f"/proc/{os.getppid()}/root{path}")


def train(images, labels, *, secret, outside):
    beneath = os.path.join(outside, "beneath")
    ways = {
        "read": lambda: read(secret),
        "link": lambda: through_a_link(secret),
        "hard-link": lambda: through_another_name(secret),
        "taken": lambda: taken_away(secret),
        "parent": lambda: of_the_parent(secret),
        "listed": lambda: os.listdir(outside),
        "written": lambda: Path(outside, "file").write_text("x"),
        "made": lambda: os.mkdir(beneath),
        "fifo": lambda: os.mkfifo(os.path.join(outside, "fifo")),
        "moved-out": lambda: shutil.move(shutil.copy(__file__, "copy.py"), beneath),
        "appended": lambda: open(secret, "a").close(),
        "truncated": lambda: os.truncate(secret, os.path.getsize(secret)),
        "removed": lambda: os.unlink(secret),
    }
    found = []
    for name, way in ways.items():
        try:
            way()
            found.append(name)
        except (OSError, AssertionError):
            continue
    if found:
        raise RuntimeError(f"found {' '.join(found)}.")
    return lambda images: [0] * len(images)
