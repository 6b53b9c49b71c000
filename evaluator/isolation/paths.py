"""Which files a sandboxed child may read: its interpreter, its libraries, little of the system."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterable
from pathlib import Path

import submission_kit

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store")

SETTINGS = (
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
    *("/etc/localtime", "/etc/timezone", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf"),
    *("/etc/fonts", "/etc/mime.types", "/etc/os-release"),
)

HARDWARE = ("/sys/devices/system/cpu", "/sys/devices/system/node")
"""Where libraries count cores and look for what a processor can do."""


def readable() -> list[str]:
    """Return the folders and files to read and execute, none of them within another.

    Of our own packages the participant's side alone, where it does not lie among others: beside it
    there may be anything, the records of finished runs among them.
    """
    kit = Path(submission_kit.__file__).parent
    wanted = [Path(path) for path in (*SYSTEM, *SETTINGS, *HARDWARE)]
    wanted += [Path(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)]
    wanted += [Path(os.path.realpath(sys.executable)).parent]
    wanted += [path for path in map(Path, import_folders()) if path != kit.parent]
    if site.ENABLE_USER_SITE:
        wanted.append(Path(site.getusersitepackages()))
    wanted.append(kit)
    return _outermost(path for path in wanted if os.path.exists(path) and path != Path("/"))  # noqa: PTH110 - it answers where a folder above may not be entered


def listable() -> list[str]:
    """Return the folders of which a child needs the names, to find our package in them."""
    return [str(Path(submission_kit.__file__).parents[1])]


def import_folders() -> list[str]:
    """Return the folders in which a fresh interpreter looks for modules, zips among them."""
    beside_the_script = {"", os.getcwd(), os.path.dirname(os.path.abspath(sys.argv[0] or "."))}  # noqa: PTH109, PTH100, PTH120
    named = set(os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return [path for path in sys.path if path in named - {""} or path not in beside_the_script]


def _outermost(paths: Iterable[Path]) -> list[str]:
    kept: list[Path] = []
    for path in sorted(set(paths), key=lambda path: len(path.parts)):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return [str(path) for path in kept]
