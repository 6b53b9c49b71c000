"""Code: does every file parse, and is everything there that it imports?"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from .case import Case
from .rule import Found, rule
from .source import newer_than

_MODULES = {
    "attrs": ("attr", "attrs"),
    "beautifulsoup4": ("bs4",),
    "faiss-cpu": ("faiss",),
    "opencv-contrib-python": ("cv2",),
    "opencv-contrib-python-headless": ("cv2",),
    "opencv-python": ("cv2",),
    "opencv-python-headless": ("cv2",),
    "pillow": ("PIL",),
    "python-dateutil": ("dateutil",),
    "pyyaml": ("yaml",),
    "scikit-image": ("skimage",),
    "scikit-learn": ("sklearn",),
    "tensorflow-cpu": ("tensorflow",),
    "torch": ("torch", "functorch", "torchgen"),
}
"""What a package is imported by, where that is not its own name."""

_BROUGHT = {
    "pandas": ("numpy", "dateutil", "pytz"),
    "scikit-image": ("numpy", "scipy", "PIL", "networkx", "imageio", "tifffile"),
    "scikit-learn": ("numpy", "scipy", "joblib", "threadpoolctl"),
    "scipy": ("numpy",),
    "torch": ("typing_extensions", "sympy", "networkx", "jinja2", "filelock", "fsspec"),
    "torchvision": ("torch", "numpy", "PIL"),
}
"""Modules that a package cannot be installed without."""

_PACKAGE = {"cv2": "opencv-python", "skimage": "scikit-image", "PIL": "Pillow", "yaml": "PyYAML"}
_OURS = "submission_kit"


@rule("C401", "error")
def syntax(case: Case) -> Iterator[Found]:
    """Code that Python cannot read.

    The import fails, and with it the trial. Other files are checked all the same.

    Mend: Correct the line; `python -m py_compile FILE` says the same.
    """
    for source in case.sources:
        if source.fault is not None and source.fault.line:
            wanted, here = _least(case.rules.python), sys.version_info[:2]
            if wanted > here:  # this Python is too old to judge
                message = f"{source.fault.message} (read by Python {here[0]}.{here[1]})"
                yield Found(source.name, message, source.fault.line, source.fault.column, "warning")
            else:
                yield source.fault


@rule("C402", "warning")
def not_checked(case: Case) -> Iterator[Found]:
    """A Python file that is too long or nested too deep to be checked.

    Nobody writes such a file by hand; what is in it no reviewer reads either.

    Mend: Keep data out of the code, and split what is left.
    """
    for source in case.sources:
        if source.fault is not None and not source.fault.line:
            yield Found(source.name, f"is not checked: it {source.fault.message}")


@rule("C403", "error")
def newer_syntax(case: Case) -> Iterator[Found]:
    """Syntax that the track's Python does not have.

    The file is read here, and fails on the server. Not all that is new can be told.

    Mend: Write it as that version wants it.
    """
    version = _least(case.rules.python)
    if not (3, 7) <= version < sys.version_info[:2]:
        return
    for source in case.sources:
        if source.fault is None and (found := newer_than(source, version)):
            number = ".".join(map(str, version))
            message = f"the track's Python {number}: {found.message}"
            yield Found(source.name, message, found.line, found.column)


@rule("C404", "error")
def missing_package(case: Case) -> Iterator[Found]:
    """An import of a package that the track does not offer.

    Nothing can be installed on the server: the import fails. An import in a `try` that expects
    ImportError may fail, and is not reported.

    Mend: Use what the track offers, or bring the code as files of your own.
    """
    if not case.rules.packages:
        return
    offered = offered_modules(case.rules.packages)
    for source in case.sources:
        own = case.own_modules | case.modules_in(source.name.rpartition("/")[0])
        for item in source.imports:
            top = item.module.partition(".")[0]
            if item.level or item.guarded or top in sys.stdlib_module_names | {_OURS, "__main__"}:
                continue
            if top not in own and top not in offered and top not in case.neighbours:
                package = f" ({_PACKAGE[top]})" if top in _PACKAGE else ""
                offers = ", ".join(case.rules.packages)
                mend = f"Use what the track offers ({offers}), or bring the code as your own files."
                message = f"{top}{package} is not among the track's packages"
                yield source.at(item.node, message, mend=mend)


@rule("C405", "error")
def missing_module(case: Case) -> Iterator[Found]:
    """An import of a file of your own that is not in the submission.

    It works where the file lies, and fails in every private copy and every bundle.

    Mend: Name the file under `include:` in submission.yaml, or move it beside the code.
    """
    elsewhere = offered_modules(case.rules.packages) | sys.stdlib_module_names
    for source in case.sources:
        for item in source.imports:
            if item.guarded:
                continue
            top, _, rest = item.module.partition(".")
            found = list(case.imported(source, item))
            if item.level:
                depth = source.name.count("/") - case.root.count("/")
                if item.level > depth:
                    message = f"{'.' * item.level}{item.module} leads out of the package"
                    mend = "Import it without dots: files lie at the top."
                    yield source.at(item.node, message, mend=mend)
                elif not found and (item.module or not _is_package(case, source.name, item.level)):
                    yield source.at(item.node, f"there is no {'.' * item.level}{item.module}")
            elif top in case.own_modules and rest:
                folder = case.root + item.module.replace(".", "/")
                if case.source_of(item.module) is None and folder not in case.folders:
                    yield source.at(item.node, f"there is no {item.module} in the submission")
            elif (
                top not in elsewhere
                and top in case.neighbours
                and top not in case.modules_in(source.name.rpartition("/")[0])
            ):
                path = case.neighbours[top]
                message = f"{top} is not in the submission, but lies near it, in {path}"
                mend = f"Write `include: [{path}]` in submission.yaml, or move it beside the code."
                yield source.at(item.node, message, mend=mend)


@rule("C406", "note")
def needs_subkit(case: Case) -> Iterator[Found]:
    """An import of `submission_kit` that may not fail.

    Where the organiser runs subkit it is there. Another server does not have it.

    Mend: Import it in a `try`, with functions that do nothing for `except ImportError`.
    """
    for source in case.sources:
        for item in source.imports:
            top = item.module.partition(".")[0]
            brought = item.level or top in case.own_modules
            if top == _OURS and not brought and not item.guarded:
                yield source.at(item.node, "a server without subkit does not have submission_kit")
                break


def offered_modules(packages: tuple[str, ...]) -> frozenset[str]:
    """Return the modules that can be imported where these packages are installed."""
    found = set()
    for package in packages:
        name = re.split(r"[\s<>=!~\[;]", package.strip(), maxsplit=1)[0].lower()
        found |= set(_MODULES.get(name, (name.replace("-", "_"),)))
        found |= set(_BROUGHT.get(name, ()))
    return frozenset(found)


def _least(versions: str) -> tuple[int, int]:
    """Return the oldest Python that `>=3.11`, `==3.9.*` or `3.10` allow."""
    numbers = re.search(r"(?:>=|==|~=|^)\s*(\d+)\.(\d+)", versions.strip())
    return (int(numbers[1][:4]), int(numbers[2][:4])) if numbers else sys.version_info[:2]


def _is_package(case: Case, name: str, level: int) -> bool:
    """Whether the folder that the dots lead to has an `__init__.py`, which may define names."""
    folder = name.split("/")[:-level]
    return "/".join([*folder, "__init__.py"]) in case.tree.files
