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


class Lack(NamedTuple):
    """What this machine does not have, why, and what would help."""

    name: str
    why: str
    mend: str = ""


class Isolation(NamedTuple):
    """How the children of a run are confined.

    files: what keeps files, network and devices out of reach; empty where nothing does.
    filter: whether system calls are filtered.
    drop: whether the child becomes an unprivileged user, as the evaluator runs as root.
    groups: where control groups come from: the evaluator's own place, or `systemd-run`.
    missing: what this machine lacks.
    """

    files: Literal["bubblewrap", "landlock", ""] = ""
    filter: bool = False
    drop: bool = False
    groups: Literal["own", "systemd-run", ""] = ""
    missing: tuple[Lack, ...] = ()

    def lack(self, name: str) -> Lack | None:
        """Return what is said of something that is missing; None where it is not."""
        return next((lack for lack in self.missing if lack.name == name), None)


NONE = Isolation()
"""L1 where there is Linux, L0 elsewhere."""
