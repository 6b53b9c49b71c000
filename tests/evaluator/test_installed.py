"""What is installed: on this machine, and where stand-ins or worse versions are."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import requires
from pathlib import Path

import pytest

from evaluator import installed
from evaluator.installed import Imports, Package


@pytest.mark.parametrize(
    ("version", "wanted", "good"),
    [
        ("8.5.1", ">=8.1", True),
        ("8.1", ">=8.1.0", True),
        ("13.0.0", ">=13.7", False),
        ("2.13.0+cpu", ">=2.4", True),
        ("2.10", ">=2.9,<3", True),
        ("3.0rc1", ">=2, <3", False),
        ("1!0.5", ">=0.6", False),
        ("2.0", "!=2.0.0", False),
        ("anything", "", True),
    ],
)
def test_versions(version: str, wanted: str, good: bool) -> None:
    assert installed.satisfies(version, wanted) is good


@pytest.mark.parametrize("wanted", ["~=2.0", "===2", ">=2; 3", "newest"])
def test_what_is_not_understood_is_not_passed_over(wanted: str) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        installed.satisfies("2.0", wanted)


def test_our_own_requirements() -> None:
    packages = installed.packages(requires("subkit") or [])
    assert {package.extra for package in packages} == {"", "baselines", "test"}
    assert {"click", "numpy"} <= {package.name for package in packages if not package.extra}
    assert all(package.fits for package in packages if not package.extra)
    (absent,) = installed.packages(['no-such-package>=1.0 ; extra == "gone"'])
    assert absent == Package("no-such-package", ">=1.0", "gone", None)
    assert not absent.fits


def test_software_that_does_not_do() -> None:
    assert installed.of_python((3, 10, 12)).status == "fail"
    assert installed.of_python((3, 11)).status == "ok"
    assert "not installed" in installed.of_subkit("").found
    assert "installed as 0.0.1" in installed.of_subkit("0.0.1").found
    found = installed.of_core(
        [Package("a", ">=2", version="1.9"), Package("b"), Package("c", version="1")]
    )
    assert (found.status, found.found) == ("fail", "a 1.9, b is missing")
    assert found.mend == "pip install 'a>=2' 'b'"
    findings = [
        installed.of_optional(Package("torch", ">=2.4"), None),
        installed.of_optional(Package("torch", ">=2.4", version="2.1"), None),
        installed.of_optional(Package("torch", version="2.9"), Imports(error="no libc")),
        installed.of_optional(Package("torch", version="2.9"), Imports(late=True)),
    ]
    assert [finding.status for finding in findings] == ["warn"] * 4
    assert "'torch>=2.4'" in findings[0].mend
    assert "download.pytorch.org/whl/cpu" in findings[0].mend
    assert "2.1" in findings[1].found
    assert "no libc" in findings[2].found
    assert "less to do" in findings[3].mend


@pytest.mark.parametrize(
    ("version", "beside", "build"),
    [
        ("2.13.0+cpu", {"nvidia-cublas-cu12"}, "CPU build"),
        ("2.13.0+cu128", set(), "build for cu128"),
        ("2.13.0", {"nvidia-cublas-cu12"}, "build for CUDA"),
        ("2.13.0", {"nvidia-ml-py"}, "no CUDA libraries beside it"),
    ],
)
def test_builds_of_torch(version: str, beside: set[str], build: str) -> None:
    assert installed.torch_build(version, beside) == build


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put stand-ins for torch and torchvision before the real ones."""

    def fake(torch: str, torchvision: str) -> None:
        for name, code in (("torch", torch), ("torchvision", torchvision)):
            (tmp_path / "fake" / name).mkdir(parents=True)
            (tmp_path / "fake" / name / "__init__.py").write_text(code)
        old = os.environ.get("PYTHONPATH")
        folders = [str(tmp_path / "fake"), *([old] if old else [])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))

    return fake


TORCH = """
class library:
    operators = set()
    class Library:
        def __init__(self, name, kind): pass
        def define(self, operator): library.operators.add(operator)
"""
NEEDS_NMS = """
import torch
if not torch.library.operators:
    raise RuntimeError("operator torchvision::nms does not exist")
"""


@pytest.mark.parametrize(
    ("torch", "torchvision", "names", "error"),
    [
        (TORCH, "", {"torch", "torchvision"}, ""),
        (TORCH, NEEDS_NMS, {"torch", "guarded"}, ""),
        (TORCH, "raise OSError('libjpeg')", {"torch"}, "OSError: libjpeg"),
        ("raise ImportError('libc10')", "", set(), "ImportError: libc10"),
        ("import os; os._exit(7)", "", set(), "status 7"),
        (TORCH, "import time; time.sleep(60)", {"torch"}, "it takes more than 1 s"),
    ],
)
def test_imports(
    fake: Callable[[str, str], None], torch: str, torchvision: str, names: set[str], error: str
) -> None:
    fake(torch, torchvision)
    patience = 1 if "sleep" in torchvision else 20
    found = installed.import_torch(patience)
    assert (set(found.names), found.error, found.late) == (names, error, patience == 1)
    finding = installed.of_optional(Package("torchvision", version="0.28"), found)
    assert (finding.status == "ok") == ("torchvision" in names)
    assert ("the guard" in finding.found) == ("guarded" in names)
