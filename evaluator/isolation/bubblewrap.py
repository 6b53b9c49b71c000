"""Bubblewrap: the child in namespaces of its own, where only what it needs is mounted.

    /                        nothing, read-only
    /usr, /opt/venv, …       what `paths.readable` names, read-only, where it is outside
    /trial/code, home, tmp   its own, as one mount: files can be moved from one to the other
    /dev                     null, zero, full, random, urandom, tty; shm of its own, of bounded size
    /proc                    of its own processes alone, but the first, which is bubblewrap's

No network but a loopback of its own, no IPC objects of others, no capabilities. Everything in it
ends with its first process, and that with the supervisor.

An ordinary user gets there by a user namespace. Root needs none, and should not have one: to the
kernel its user there is still root, whom `/proc/sys` belongs to. It mounts as root, and a few
lines of Python become an unprivileged user before anything else is started. So the interpreter
may even lie where only root can read it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

INSIDE = "/trial"
"""Where the trial's own folder is, seen from inside."""

WRAPPERS = 2
"""Processes of bubblewrap itself: the one outside, and the first one inside."""

_BECOME = "import os, sys; u = {user}; os.setgroups([]); os.setresgid(u, u, u); "
_BECOME += "os.setresuid(u, u, u); os.execv(sys.argv[1], sys.argv[1:])"


def program() -> str | None:
    """Return where bubblewrap is, which does not say that it works."""
    return shutil.which("bwrap")


def command(
    bwrap: str,
    own: str,
    readable: Sequence[str],
    shared_memory: int,
    filter_descriptor: int | None,
    user: int | None,
) -> list[str]:
    """Return what to put before a command to run it inside.

    own: the trial's own folder, with `code`, `home` and `tmp`.
    shared_memory: bytes that /dev/shm may hold.
    filter_descriptor: of a seccomp filter, see `seccomp.in_a_file`.
    user: whom to become, as root.
    """
    words = [bwrap, "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net"]
    words += ["--unshare-ipc", "--unshare-uts", "--hostname", "trial", "--unshare-cgroup-try"]
    if user is None:
        words += ["--unshare-user", "--cap-drop", "ALL"]
    else:
        words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    mounts = {path: ["--ro-bind", path, path] for path in readable}
    for path in readable:
        if Path(path).is_symlink() and path.count("/") == 1:  # /lib, /bin: links into /usr
            mounts[path] = ["--symlink", os.readlink(path), path]  # noqa: PTH115
    mounts[INSIDE] = ["--bind", own, INSIDE]
    for folder in _between(mounts):
        words += ["--perms", "0755", "--dir", folder]
    for path in sorted(mounts):
        words += mounts[path]
    if "/tmp" not in _between(mounts):
        words += ["--symlink", f"{INSIDE}/tmp", "/tmp"]
    words += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    # Bubblewrap's own first process: who could write to its memory would be without a filter.
    words += ["--perms", "0555", "--tmpfs", "/proc/1", "--remount-ro", "/proc/1"]
    words += ["--perms", "1777", "--size", str(shared_memory), "--tmpfs", "/dev/shm"]
    words += ["--remount-ro", "/", "--chdir", f"{INSIDE}/code"]
    if filter_descriptor is not None:
        words += ["--seccomp", str(filter_descriptor)]
    return [*words, "--", *([] if user is None else becoming(user))]


def becoming(user: int) -> list[str]:
    """Return what to put before a command to run it as another user, for good, as root."""
    return [sys.executable, "-I", "-S", "-c", _BECOME.format(user=user)]


def _between(paths: Sequence[str] | dict[str, list[str]]) -> list[str]:
    """Return the folders above the paths, outermost first: bubblewrap would make them private."""
    folders = {str(folder) for path in paths for folder in Path(path).parents}
    return sorted(folders - {"/"})
