"""What is installed: packages against the versions asked for, PyTorch's build, what imports."""

from __future__ import annotations

import operator
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from importlib import metadata
from itertools import zip_longest
from typing import Any

_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)\s*(?P<wanted>[^;]*?)\s*(;.*?\bextra\s*==\s*['\"](?P<extra>[\w-]+)['\"])?\s*"
)
_CLAUSE = re.compile(r"(>=|<=|==|!=|>|<)\s*([\w.+!]+)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}

_IMPORT = """
import importlib.util
import torch
print("torch", flush=True)
if importlib.util.find_spec("torchvision"):
    try:
        import torchvision
        print("torchvision")
    except Exception:
        from submission_kit import torchvision_guard
        torchvision_guard.install()
        import torchvision
        print("guarded")
"""


@dataclass(frozen=True)
class Package:
    """A package that is asked for.

    wanted: its versions, such as `>=8.1`; empty where any will do.
    extra: which extra asks for it; empty where everybody needs it.
    version: the installed one; None where there is none.
    """

    name: str
    wanted: str = ""
    extra: str = ""
    version: str | None = None

    @property
    def fits(self) -> bool:
        """Whether it is installed in a version that will do."""
        return self.version is not None and satisfies(self.version, self.wanted)


def packages(requirements: Iterable[str]) -> list[Package]:
    """Look up what a distribution requires.

    requirements: as its metadata has them: `torch>=2.4; extra == "baselines"`.

    Raises:
        ValueError: one is written in a way that is not understood.
    """
    found = []
    for text in requirements:
        parts = _REQUIREMENT.fullmatch(text)
        if parts is None:
            raise ValueError(f"cannot read the requirement {text!r}")
        name, wanted = parts["name"], parts["wanted"]
        satisfies("0", wanted)  # so that it is known to be readable
        found.append(Package(name, wanted, parts["extra"] or "", version(name)))
    return found


def version(name: str) -> str | None:
    """Return the installed version of a package, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def satisfies(version: str, wanted: str) -> bool:
    """Whether a version is among those wanted: `>=1.26`, `>=2,<3`.

    Numbers alone are compared: 2.0rc1 and 2.0+cpu count as 2.0.

    Raises:
        ValueError: what is wanted is written in another way.
    """
    for clause in filter(None, wanted.replace(" ", "").split(",")):
        parts = _CLAUSE.fullmatch(clause)
        if parts is None:
            raise ValueError(f"cannot read the versions {wanted!r}")
        pairs = zip_longest(_numbers(version), _numbers(parts[2]), fillvalue=0)
        have, want = zip(*pairs, strict=True)
        if not _COMPARE[parts[1]](have, want):
            return False
    return True


def torch_build(version: str, distributions: Set[str]) -> str:
    """Return what PyTorch is built for, as far as can be told without importing it.

    version: `2.13.0+cpu` names its build; PyPI's wheels do not.
    distributions: the names of all that is installed: a build for CUDA brings CUDA's libraries.
    """
    build = version.partition("+")[2]
    if build == "cpu":
        return "CPU build"
    if build:
        return f"build for {build}"
    if any(name.startswith("nvidia-") for name in distributions):
        return "build for CUDA"
    return "no CUDA libraries beside it"


def distributions() -> set[str]:
    """Return the names of all installed packages."""
    return {str(each.metadata["Name"]).lower() for each in metadata.distributions()}


@dataclass(frozen=True)
class Imports:
    """What could be imported in a fresh interpreter.

    names: of `torch`, `torchvision`, and `guarded`, for torchvision by the guard alone.
    error: why something could not, in one line.
    """

    names: frozenset[str] = frozenset()
    error: str = ""


def import_torch(patience: float) -> Imports:
    """Import PyTorch and torchvision in a child, which ends after `patience` seconds.

    torchvision is tried as it is, then with `submission_kit.torchvision_guard`.
    """
    hidden = {"CUDA_VISIBLE_DEVICES": "-1"}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _IMPORT],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, **hidden},
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        said = error.stdout or b""
        names = frozenset((said if isinstance(said, str) else said.decode()).split())
        return Imports(names, f"it takes more than {patience:.0f} s")
    except OSError as error:
        return Imports(error=str(error))
    lines = done.stderr.strip().splitlines()
    fault = (lines[-1] if lines else f"status {done.returncode}") if done.returncode else ""
    return Imports(frozenset(done.stdout.split()), fault)


def _numbers(version: str) -> list[int]:
    leading = re.match(r"(?:\d+!)?(\d+(?:\.\d+)*)", version)
    return [int(number) for number in leading[1].split(".")] if leading else [0]
