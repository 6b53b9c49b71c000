"""What is installed, judged: Python, packages against the versions asked for, what imports."""

from __future__ import annotations

import operator
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from importlib import metadata
from itertools import zip_longest
from typing import Any

from submission_kit import __version__

from .diagnosis import Finding

PYTHON = (3, 11)

_CPU_BUILDS = "--extra-index-url https://download.pytorch.org/whl/cpu"

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
    if any(name.startswith("nvidia-cublas") for name in distributions):
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
    late: whether it took too long.
    """

    names: frozenset[str] = frozenset()
    error: str = ""
    late: bool = False


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
        said = (error.stdout or b"").decode(errors="replace")  # bytes, whatever was asked for
        return Imports(frozenset(said.split()), f"it takes more than {patience:.0f} s", late=True)
    except OSError as error:
        return Imports(error=str(error))
    lines = done.stderr.strip().splitlines()
    fault = (lines[-1] if lines else f"status {done.returncode}") if done.returncode else ""
    return Imports(frozenset(done.stdout.split()), fault)


def of_software(imports: Imports | None) -> list[Finding]:
    """Judge Python, this program and its packages.

    imports: what could be imported; None where it was not tried.
    """
    try:
        needs = packages(metadata.requires("subkit") or [])
    except metadata.PackageNotFoundError:
        needs = []
    return [
        of_python(sys.version_info[:3]),
        of_subkit(version("subkit") or ""),
        of_core([need for need in needs if not need.extra]),
        *(of_optional(need, imports) for need in needs if need.extra == "baselines"),
    ]


def of_python(version: Sequence[int]) -> Finding:
    """Judge the version of Python."""
    number, least = (".".join(map(str, numbers)) for numbers in (version, PYTHON))
    if tuple(version) >= PYTHON:
        return Finding("software", "Python", "ok", number)
    return Finding("software", "Python", "fail", number, f"Install Python {least} or newer.")


def of_subkit(version: str) -> Finding:
    """Judge this program: its version as installed, empty where it is not."""
    if version == __version__:
        return Finding("software", "subkit", "ok", version)
    found = f"{__version__}, installed as {version}" if version else f"{__version__}, not installed"
    mend = "Install it again: which packages it needs is read from its installation."
    return Finding("software", "subkit", "warn", found, mend)


def of_core(needed: Sequence[Package]) -> Finding:
    """Judge the packages without which nothing runs."""
    wrong = [each for each in needed if not each.fits]
    listed = ", ".join(f"{each.name} {each.version or 'is missing'}" for each in wrong or needed)
    if not wrong:
        return Finding("software", "packages", "ok", listed or "not known which")
    return Finding("software", "packages", "fail", listed, _pip_install(wrong))


def of_optional(package: Package, imports: Imports | None) -> Finding:
    """Judge a package that submissions may use.

    imports: what could be imported; None where it was not tried.
    """
    name, mend = package.name, _pip_install([package])
    if package.version is None:
        found = "not installed: a submission that needs it fails"
        return Finding("software", name, "warn", found, mend)
    found = package.version
    if name == "torch":
        found += f", {torch_build(found, distributions())}"
    if not package.fits:
        return Finding("software", name, "warn", f"{found}, not {package.wanted}", mend)
    if imports is None or name not in ("torch", "torchvision"):
        return Finding("software", name, "ok", found)
    if name in imports.names:
        return Finding("software", name, "ok", f"{found}, can be imported")
    afresh = f"pip install --force-reinstall {_CPU_BUILDS} torch torchvision"
    if name == "torchvision" and "guarded" in imports.names:
        found += ", does not fit torch; in a trial the guard lets it be imported"
        return Finding("software", name, "warn", found, afresh)
    mend = "Look again when the machine has less to do." if imports.late else afresh
    return Finding("software", name, "warn", f"{found}, not imported: {imports.error}", mend)


def _pip_install(wanted: Iterable[Package]) -> str:
    listed = [f"'{each.name}{each.wanted}'" for each in wanted]
    build = [_CPU_BUILDS] if any("torch" in word for word in listed) else []
    return " ".join(["pip install", *build, *listed])


def _numbers(version: str) -> list[int]:
    leading = re.match(r"(?:\d+!)?(\d+(?:\.\d+)*)", version)
    return [int(number) for number in leading[1].split(".")] if leading else [0]
