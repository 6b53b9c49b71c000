"""Finds by trying what this machine can enforce.

Each way to confine a child is tried as it will be used, by the very code that will use it, with a
small program in place of the child's: it must come up, find numpy, write in its own folder, and
fail to read a file that is not its business.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from submission_kit.errors import ConfigError

from ..interpreter import isolated
from . import NONE, Isolation, Lack, Mode, bubblewrap, cgroups, landlock, linux, paths, seccomp

PATIENCE = 20.0
"""Seconds for one way to show that it works."""

_CHILD = """
import importlib.util, sys
import submission_kit.frames
open(importlib.util.find_spec("numpy").origin).close()
open(sys.argv[1], "w").close()
try:
    open(sys.argv[2]).close()
except OSError:
    sys.exit(0)
sys.exit("a file outside could be read")
"""

_INSTALL = "Install bubblewrap: apt install bubblewrap, dnf install bubblewrap."
_NAMESPACES = (
    "Allow user namespaces: sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces"
    " above 0; on Ubuntu 24.04 and later kernel.apparmor_restrict_unprivileged_userns=0, or an"
    " AppArmor profile for bwrap."
)
_KERNEL = "Use Linux 5.13 or newer with landlock among the security modules (lsm=…,landlock)."
_GROUPS = "Start it as: systemd-run --user --scope -p Delegate=yes subkit …"


@cache
def choose(mode: Mode = "auto") -> Isolation:
    """Return the strongest isolation that works here.

    mode: `auto`; `strict`, which takes nothing below L2; `none`, which tries nothing.

    Raises:
        ConfigError: `strict`, and L2 cannot be had: it says why, and what would help.
    """
    if mode == "none":
        return NONE
    missing: list[Lack] = []
    found = NONE
    if sys.platform != "linux":
        missing.append(Lack("L2", "it needs Linux", "Use a virtual machine, or WSL 2."))
    else:
        found = next(_working(missing), NONE)
        if found.files:
            found = found._replace(groups=_groups(missing))
    if mode == "strict" and not found.files:
        reasons = "; ".join(f"{lack.name}: {lack.why}" for lack in missing)
        mend = " ".join(lack.mend for lack in missing if lack.mend)
        raise ConfigError(f"isolation strict needs L2, which does not work here: {reasons}", mend)
    return found._replace(missing=tuple(missing))


def _working(missing: list[Lack]) -> Iterator[Isolation]:
    """Yield the ways that work, the strongest first; note why others do not."""
    filter_ = seccomp.offered()
    is_root = os.getuid() == 0
    if bubblewrap.program() is None:
        missing.append(Lack("bubblewrap", "it is not installed", _INSTALL))
    else:
        way = Isolation("bubblewrap", filter=filter_, drop=is_root)
        said = try_out(way)
        if not said:
            yield way
        else:
            missing.append(Lack("bubblewrap", f"it fails ({said})", _NAMESPACES))
    if not landlock.abi():
        missing.append(Lack("Landlock", "the kernel does not offer it", _KERNEL))
    elif not filter_:
        why = "no filter of system calls is written for this processor"
        missing.append(Lack("Landlock", why))
    else:
        for drop in (True, False) if is_root else (False,):
            way = Isolation("landlock", filter=True, drop=drop)
            said = try_out(way)
            if not said:
                yield way
            else:
                name = "unprivileged user" if drop else "Landlock"
                missing.append(Lack(name, f"it fails ({said})"))
    if is_root and not try_out(Isolation(drop=True), confined=False):
        yield Isolation(drop=True)


def _groups(missing: list[Lack]) -> Any:
    cgroups.settle()
    if cgroups.find():
        return "own"
    nothing = [*cgroups.scope(), sys.executable, "-I", "-S", "-c", "pass"]
    if shutil.which("systemd-run") and not _said_by(nothing, b""):
        return "systemd-run"
    missing.append(Lack("L3", "no control group can be made", _GROUPS))
    return ""


def try_out(way: Isolation, confined: bool = True) -> str:
    """Return why a way does not work, or nothing.

    confined: it must keep the child from files outside.
    """
    with tempfile.TemporaryDirectory(prefix="subkit-try-") as private:
        user = linux.unused_user() if way.drop else None
        if way.drop and user is None:
            return "every user number is taken"
        outside = Path(private, "outside")
        outside.touch()
        Path(private).chmod(0o711)
        own = Path(private, "own")
        for folder in (own, own / "code"):
            folder.mkdir()
            if user is not None:
                os.chown(folder, user, user)
        inside = bubblewrap.INSIDE if way.files == "bubblewrap" else own
        written, forbidden = f"{inside}/code/file", str(outside) if confined else "/nowhere"
        job = {
            "isolation": way._asdict(),
            "private": private,
            "command": [sys.executable, "-P", "-c", _CHILD, written, forbidden],
            "own": str(own),
            "readable": paths.readable(),
            "listable": paths.listable(),
            "limits": {"memory": 1 << 32, "processes": 64, "file_size": 1 << 20},
            "user": user,
        }
        statement = "from evaluator.isolation.choose import main; main()"
        return _said_by(isolated(statement), json.dumps(job).encode())


def _said_by(command: list[str], given: bytes) -> str:
    """Return what a command said as it failed, or nothing."""
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return (said[-1] if said else f"status {done.returncode}") if done.returncode else ""


def main() -> None:
    """Start a job's child, confined, and leave with its status."""
    from .confine import confine

    job = json.load(sys.stdin)
    confined = confine(job, None)
    status = subprocess.run(
        confined.command,
        stdin=subprocess.DEVNULL,
        cwd=None if confined.wrappers else job["private"],
        env={"PATH": os.defpath, **{k: v for k, v in os.environ.items() if k == "PYTHONPATH"}},
        pass_fds=confined.descriptors,
        preexec_fn=confined.prepare,
        timeout=PATIENCE,
        check=False,
    ).returncode
    sys.exit(status)
