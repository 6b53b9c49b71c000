"""What there is to confine a trial with, judged: each means, what remains, whether strict holds."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .accelerators import COMPUTE_NODE
from .account import remains
from .diagnosis import Finding
from .isolation import Isolation, Lack, bubblewrap, cgroups, landlock, seccomp

STRICT = "strict isolation"
"""The finding that an organiser looks for first."""

_ABOVE = "Mend bubblewrap or Landlock, see above."
_ELSEWHERE = "Use another machine, or a virtual one."


@dataclass(frozen=True)
class Means:
    """What there is to confine a trial with, whether or not it works.

    root: whether this process is root.
    bubblewrap: its version; empty where it is not installed.
    landlock: the version of the kernel's interface (ABI), 0 where there is none.
    filter: whether a filter of system calls is written for this processor.
    groups: the version of control groups that can be made here; empty where none can.
    """

    linux: bool = True
    root: bool = False
    bubblewrap: str = ""
    landlock: int = 0
    filter: bool = False
    groups: str = ""


def find_means() -> Means:
    """Look at what there is."""
    if sys.platform != "linux":
        return Means(linux=False)
    place = cgroups.find()
    return Means(
        root=os.getuid() == 0,
        bubblewrap=_bubblewrap_version(),
        landlock=landlock.abi(),
        filter=seccomp.offered(),
        groups=cgroups.Group(place, "").version if place else "",
    )


def of_no_trial(error: OSError) -> Finding:
    """Judge that not even trying works; what it fails over, a run fails over as well."""
    mend = "Let this user have what is named there; subkit score fails over it too."
    return Finding("isolation", STRICT, "fail", f"cannot be tried here: {error}", mend)


def compute_devices(folder: Path = Path("/dev")) -> list[str]:
    """Return the device files on which a program could compute.

    folder: which holds what /dev does.
    """
    paths = (path for within in ("*", "dri/*", "accel/*") for path in folder.glob(within))
    found = (f"/dev/{path.relative_to(folder)}" for path in paths)
    return sorted(path for path in found if COMPUTE_NODE.fullmatch(path))


def of_isolation(isolation: Isolation, means: Means, devices: Sequence[str]) -> list[Finding]:
    """Judge what confines a trial.

    isolation: what works.
    devices: device files on which a program could compute.
    """
    found = []
    if means.linux:
        found = [
            _of_bubblewrap(isolation, means),
            _of_landlock(isolation, means),
            _of_filter(means.filter),
            _of_groups(isolation, means.groups),
            _of_user(isolation, means.root),
        ]
    return [
        *found,
        _of_devices(isolation, means, devices),
        _of_what_remains(isolation, means),
        _of_strict(isolation, means),
    ]


def _of_bubblewrap(isolation: Isolation, means: Means) -> Finding:
    if isolation.files == "bubblewrap":
        return _ok("bubblewrap", f"{means.bubblewrap} works")
    return _missing(isolation, "bubblewrap")


def _of_landlock(isolation: Isolation, means: Means) -> Finding:
    if isolation.files == "landlock":
        return _ok("Landlock", f"ABI {means.landlock} works")
    if isolation.files:
        offered = f"ABI {means.landlock}" if means.landlock else "none"
        return _ok("Landlock", f"{offered}; not needed beside {isolation.files}")
    return _missing(isolation, "Landlock")


def _of_filter(offered: bool) -> Finding:
    processor = platform.machine()
    if offered:
        return _ok("system calls", f"a filter for {processor}")
    mend = f"Use a machine of {' or '.join(seccomp.ARCHITECTURES)}."
    return _warn("system calls", f"no filter is written for {processor}", mend)


def _of_groups(isolation: Isolation, version: str) -> Finding:
    if isolation.groups == "own":
        return _ok("control groups", f"{version}: the kernel keeps the limits of the whole tree")
    if isolation.groups:
        return _ok("control groups", f"in scopes that {isolation.groups} makes")
    if not isolation.files:
        return _warn("control groups", "used together with L2 alone", _ABOVE)
    return _missing(isolation, "L3", "control groups")


def _of_user(isolation: Isolation, is_root: bool) -> Finding:
    if not is_root:
        return _ok("user", "an ordinary one; trials run as the same")
    if isolation.drop:
        return _ok("user", "root; trials run as a user that nobody else is")
    lack = isolation.lack("unprivileged user")
    why = lack.why if lack else "no other user could be become"
    mend = "Run it as an ordinary user, for whom the interpreter and its packages are readable."
    return _warn("user", f"root, as whom trials run too: {why}", mend)


def _of_devices(isolation: Isolation, means: Means, devices: Sequence[str]) -> Finding:
    name, listed = "compute devices", ", ".join(devices)
    if not means.linux:
        mend = "Where that matters, use Linux."
        return _warn(name, "whether a trial uses any is not seen on this system", mend)
    if not devices:
        return _ok(name, "none is here")
    if isolation.files:
        return _ok(name, f"{listed}: out of a trial's reach")
    return _warn(name, f"{listed}: whether a trial uses them is seen in samples alone", _ABOVE)


def _of_what_remains(isolation: Isolation, means: Means) -> Finding:
    found = remains({"layers": _layers(isolation, means)})
    if not found:
        return _ok("still possible", "nothing that is known")
    mend = "Mend what is above, or run the code of strangers in a virtual machine of its own."
    return _warn("still possible", "; ".join(found), mend)


def _of_strict(isolation: Isolation, means: Means) -> Finding:
    level = "L3" if isolation.groups else "L2" if isolation.files else "L1" if means.linux else "L0"
    if isolation.files:
        return _ok(STRICT, f"works here ({level})")
    lack = isolation.lack("L2")
    mend = f"{lack.name}: {lack.why}. {lack.mend}" if lack else _ABOVE
    return _warn(STRICT, f"does not work here ({level})", mend)


def _layers(isolation: Isolation, means: Means) -> Mapping[str, Any]:
    """Return who enforces what, as far as `account.remains` asks; a test holds them together."""
    by: dict[str, str] = {}
    if isolation.files == "bubblewrap":
        by |= dict.fromkeys(("files", "network", "harness"), "bubblewrap")
    elif isolation.files:
        by["files"] = f"Landlock ABI {means.landlock}"
        if means.landlock >= landlock.SINCE_SCOPES:
            by["harness"] = by["files"]
    if isolation.filter:
        by.setdefault("network", "seccomp")
    if isolation.drop:
        by.setdefault("harness", "another user")
    if isolation.groups:
        by["memory"] = "control group"
    return by


def _ok(name: str, found: str) -> Finding:
    return Finding("isolation", name, "ok", found)


def _warn(name: str, found: str, mend: str) -> Finding:
    return Finding("isolation", name, "warn", found, mend)


def _missing(isolation: Isolation, key: str, name: str = "") -> Finding:
    """Say of something what `choose` says of it."""
    lack = isolation.lack(key) or Lack(key, "it was not tried")
    return _warn(name or key, lack.why, lack.mend or _ELSEWHERE)


def _bubblewrap_version() -> str:
    program = bubblewrap.program()
    if program is None:
        return ""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=5, check=False
        ).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        said = []
    return said[-1] if said else "of unknown version"
