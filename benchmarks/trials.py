"""What the benchmarks of single trials share: a small instance, the layers, the machine's line."""

from __future__ import annotations

import os
import platform
from dataclasses import replace
from functools import cache
from typing import Literal

from evaluator.datasets import open_dataset
from evaluator.instances import Instance, draw
from evaluator.isolation import NONE, Isolation
from evaluator.isolation.choose import choose, try_out
from evaluator.machine import describe_machine
from evaluator.track import Sampling, open_track
from submission_kit.yamlfile import Count

LAYERS = ("none", "landlock", "bubblewrap", "strongest")


@cache
def small_instance() -> Instance:
    """Return an instance of 100 training and 50 test images."""
    track = replace(open_track("digits-100"), sampling=Sampling(test_per_class=Count(5)))
    return draw(track, open_dataset("digits"), "dev", 1)


def way(name: str) -> Isolation | str:
    """Return how a layer confines, or why it does not work here."""
    if name == "none":
        return NONE
    if name == "strongest":
        found = choose()
        return found if found.groups else str(found.lack("L3"))
    files: Literal["landlock", "bubblewrap"] = "landlock" if name == "landlock" else "bubblewrap"
    said = ""
    for drop in (True, False) if os.getuid() == 0 else (False,):
        found = Isolation(files, filter=True, drop=drop)
        said = try_out(found)
        if not said:
            return found
    return said


def describe(what: str) -> str:
    """Return the first line of a benchmark: the machine, and what was measured."""
    machine = describe_machine()
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python "
        f"{platform.python_version()}, {'root' if os.getuid() == 0 else 'user'}, "
        f"load {os.getloadavg()[0]:.1f}; {what}"
    )
