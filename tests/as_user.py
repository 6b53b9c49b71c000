"""Runs tests as an ordinary user, for those who are root.

    python -m tests.as_user [PYTEST ARGUMENTS]

Root's interpreter and this checkout may lie where no other user can read them. Bubblewrap makes
them readable in a view of its own, in which an unprivileged user runs the tests; their trials then
make user namespaces as on a laptop.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from evaluator.isolation import bubblewrap, linux, paths

ROOT = Path(__file__).parents[1]


def command(bwrap: str, user: int, folder: str, arguments: list[str]) -> list[str]:
    """Return the command; folder: the user's own, for temporary files and as home."""
    shown = {*paths.readable(), str(ROOT), os.environ.get("SUBKIT_TEST_DATA", str(ROOT))}
    # Replaced by an empty folder each, in which of `shown` what was in them is shown again.
    hidden = {tempfile.gettempdir(), *(closed for path in shown if (closed := _closed(path)))}
    words = [bwrap, "--dev-bind", "/", "/", "--die-with-parent"]
    for path in sorted(hidden):
        words += ["--perms", "0755", "--tmpfs", path]
    for path in sorted(shown):
        above = [str(parent) for parent in reversed(Path(path).parents)]
        inside = [parent for parent in above if any(parent.startswith(f"{h}/") for h in hidden)]
        for parent in inside:
            words += ["--perms", "0755", "--dir", parent]
        if inside or str(Path(path).parent) in hidden:
            words += ["--ro-bind", path, path]
    words += ["--perms", "0755", "--dir", folder, "--bind", folder, folder]
    words += ["--setenv", "TMPDIR", folder, "--setenv", "HOME", folder, "--chdir", str(ROOT)]
    words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--"]
    become = bubblewrap.becoming(user)
    return [*words, *become, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]


def _closed(path: str) -> str | None:
    """Return the outermost folder above a path that others may not enter, if there is one."""
    for folder in reversed(Path(path).parents):
        if not folder.stat().st_mode & 0o001:
            return str(folder)
    return None


def main() -> None:
    """Run the tests, or say why not."""
    bwrap, user = bubblewrap.program(), linux.unused_user()
    if os.getuid() != 0 or bwrap is None or user is None:
        print("not run as an ordinary user: this needs root and bubblewrap")
        return
    folder = tempfile.mkdtemp()
    os.chown(folder, user, user)
    os.execv(bwrap, command(bwrap, user, folder, sys.argv[1:]))


if __name__ == "__main__":
    main()
