"""Limits: what a trial may use. What it did use, and who saw to it, is in `account`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from submission_kit.yamlfile import Count, Duration, Size

Scope = Literal["run", "instance"]


@dataclass(frozen=True)
class Limits:
    """What a trial may use.

    wall: seconds of wall-clock time, of the whole run or of each instance as `scope` says.
    memory: bytes of the whole process tree.
    processes: of the tree, at any moment.
    threads: what libraries are told to use.
    file_size: bytes of any one file that the submission writes.
    disk, files: bytes on disk, and number, of all its files, its own code among them.
    """

    wall: Duration = Duration(7200.0)
    scope: Scope = "run"
    memory: Size = Size(8_000_000_000)
    processes: Count = Count(256)
    threads: Count = Count(2)
    file_size: Size = Size(2_000_000_000)
    disk: Size = Size(10_000_000_000)
    files: Count = Count(100_000)
