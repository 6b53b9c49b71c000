"""Puts a child under an `Isolation`: in the supervisor, between fork and exec."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from . import bubblewrap, cgroups, landlock, linux, seccomp

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class Confined(NamedTuple):
    """How to start a confined child.

    command, descriptors: for `subprocess.Popen`, with what must stay open in the child.
    opened: all that was opened for the child, and can be closed once it is started.
    prepare: what to call in the child before it becomes the new program.
    group: its control group, if it has one.
    enforced: who enforces what, for the record.
    wrappers: processes of the tree that are not the submission's.
    """

    command: list[str]
    descriptors: tuple[int, ...] = ()
    opened: tuple[int, ...] = ()
    prepare: Callable[[], None] | None = None
    group: cgroups.Group | None = None
    enforced: Mapping[str, str] = {}
    wrappers: int = 0

    def close(self) -> None:
        """Close what only the child needed."""
        for descriptor in self.opened:
            os.close(descriptor)


def confine(job: Mapping[str, Any], cores: Sequence[int] | None) -> Confined:
    """Return how to start the child of a job, see `trial`.

    cores: where it is kept, if anywhere.
    """
    if sys.platform != "linux":
        return Confined(job["command"])
    isolation, user = job["isolation"], job["user"]
    wrapped = isolation["files"] == "bubblewrap"
    group = _group(job) if isolation["groups"] else None
    entrances = group.entrances() if group else []
    filter_ = seccomp.program(own_namespaces=wrapped) if isolation["filter"] else None
    bounds = linux.resource_limits(job["limits"], os.getuid() if user is None else user)
    command, kept, ruleset, install = list(job["command"]), [], None, None
    if wrapped:
        kept = [seccomp.in_a_file(filter_)] if filter_ else []
        command = [*_bubblewrap(job, kept), *command]
    else:
        ruleset = landlock.ruleset(_rules(job)) if isolation["files"] else None
        install = seccomp.installer(filter_) if filter_ else None
    linux.libc()  # loaded here: nothing may be imported between fork and exec
    supervisor, is_root = os.getpid(), os.getuid() == 0

    def prepare() -> None:
        for entrance in entrances:
            os.write(entrance, b"0")
        if cores:
            linux.pin(cores)
        if not wrapped and user is not None:
            linux.become(user)
        elif not wrapped and is_root:
            linux.give_up_capabilities()
        # After the change of user, which clears it.
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it died before the kernel was asked
            os._exit(1)
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        for which, value in bounds.values():
            linux.set_limit(which, value)
        if ruleset is not None and not landlock.restrict(ruleset):
            raise OSError("Landlock")
        if install is not None and not install():
            raise OSError("seccomp")

    return Confined(
        command,
        tuple(kept),
        (*kept, *entrances, *([] if ruleset is None else [ruleset])),
        prepare,
        group,
        _enforced(job, cores, group, bounds),
        bubblewrap.WRAPPERS if wrapped else 0,
    )


def _enforced(
    job: Mapping[str, Any],
    cores: Sequence[int] | None,
    group: cgroups.Group | None,
    bounds: Iterable[str],
) -> dict[str, str]:
    """Say who enforces what; the first that does."""
    isolation, user = job["isolation"], job["user"]
    by = dict.fromkeys(bounds, "kernel, rlimit")
    if isolation["files"] == "bubblewrap":
        by |= {"files": "bubblewrap", "devices": "bubblewrap: none is there"}
        by |= {"network": "network namespace of its own", "harness": "PID namespace of its own"}
    elif isolation["files"]:
        version = landlock.abi()
        by |= dict.fromkeys(("files", "devices"), f"Landlock ABI {version}")
        if version >= landlock.SINCE_SCOPES:
            by["harness"] = f"Landlock ABI {version}"
    if isolation["filter"]:
        by.setdefault("network", "seccomp: Unix sockets alone")
    if user is not None:
        by.setdefault("harness", "another user")
    if cores:
        by["cores"] = "affinity, kept by seccomp" if isolation["filter"] else "affinity"
    if group:
        by |= dict.fromkeys(("memory", "tasks", "cpu_time"), group.version)
    return by


def _bubblewrap(job: Mapping[str, Any], kept: Sequence[int]) -> list[str]:
    program = bubblewrap.program()
    assert program is not None
    return bubblewrap.command(
        program,
        job["own"],
        job["readable"],
        job["limits"]["memory"],
        kept[0] if kept else None,
        job["user"],
    )


def _group(job: Mapping[str, Any]) -> cgroups.Group | None:
    cgroups.settle()
    place = cgroups.find()
    name = os.path.basename(job["private"])  # noqa: PTH119
    if place is None:
        return None
    group = cgroups.Group(place, name)
    group.make(job["limits"])
    return group


def _rules(job: Mapping[str, Any]) -> list[tuple[str, int]]:
    everything = landlock.rights(landlock.abi())
    rules = [(path, landlock.READ) for path in job["readable"]]
    # Workers look at themselves under /proc, at names that are not known beforehand.
    rules += [(path, landlock.READ) for path in ("/proc", "/sys/fs/cgroup")]
    rules += [(path, landlock.LIST) for path in job["listable"]]
    rules += [(path, everything) for path in _DEVICES]
    rules += [(path, everything) for path in ("/dev/shm",)]
    rules += [(job["own"], everything)]
    return rules
