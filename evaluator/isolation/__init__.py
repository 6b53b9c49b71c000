"""What the operating system can be made to enforce on a child, by layers.

    L0  everywhere: a supervisor with its own clock, samples of the process tree, private folders
    L1  Linux: orphans adopted, death with the supervisor, no privileges, rlimits    `linux`
    L2  files, network and devices out of reach: bubblewrap, else Landlock with a
        filter of system calls                          `bubblewrap`, `landlock`, `seccomp`
    L3  limits and sums of the whole tree kept by the kernel, on top of L2             `cgroups`

`choose` finds by trying what this machine has; `confine` applies it to a child. What a child may
still read is in `paths`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Mode = Literal["auto", "strict", "none"]


class Isolation(NamedTuple):
    """How the children of a run are confined.

    files: what keeps files, network and devices out of reach; empty where nothing does.
    filter: whether system calls are filtered.
    drop: whether the child becomes an unprivileged user, as the evaluator runs as root.
    groups: where control groups come from: the evaluator's own place, or `systemd-run`.
    missing: what this machine lacks, why, and what would help; by the name of what it is.
    """

    files: Literal["bubblewrap", "landlock", ""] = ""
    filter: bool = False
    drop: bool = False
    groups: Literal["own", "systemd-run", ""] = ""
    missing: tuple[tuple[str, str], ...] = ()


NONE = Isolation()
"""L1 where there is Linux, L0 elsewhere."""
