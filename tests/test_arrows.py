"""Who may import whom, as the design has it, and what is loaded when."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "submission_kit": {"evaluator", "baselines", "torch", "torchvision", "tests"},
    "evaluator": {"baselines", "torch", "torchvision", "tests"},
    "baselines": {"evaluator", "tests"},
}


def imports(path: Path) -> set[str]:
    """Return the packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("package", FORBIDDEN)
def test_arrows(package: str) -> None:
    # The guard must touch torch to cure torchvision, and does so in the child alone.
    files = [p for p in (ROOT / package).rglob("*.py") if p.name != "torchvision_guard.py"]
    assert files
    for path in files:
        assert not imports(path) & FORBIDDEN[package], path


def test_a_baseline_uses_of_ours_the_hooks_alone() -> None:
    for path in (ROOT / "baselines").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "submission_kit":
                assert {alias.name for alias in node.names} <= {"progress", "checkpoint"}, path


def loaded_by(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after the code."""
    script = f"{code}\nimport sys; print(' '.join(sys.modules))"
    run = [sys.executable, "-c", script]
    return set(subprocess.run(run, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    ("code", "never"),
    [
        ("import submission_kit", {"numpy", "yaml", "click"}),
        ("import submission_kit.cli", {"numpy", "yaml", "rich", "evaluator"}),
        ("import evaluator.supervise", {"numpy", "yaml", "psutil", "rich", "dataclasses"}),
        ("import evaluator.run, evaluator.datasets", {"torch", "sklearn", "scipy", "rich", "PIL"}),
        ("import submission_kit.child", {"yaml", "psutil", "evaluator", "torch"}),
    ],
)
def test_what_is_loaded(code: str, never: set[str]) -> None:
    assert not loaded_by(code) & never


def test_help_is_quick() -> None:
    """Measured in `benchmarks/`; here it only must not load what takes seconds."""
    before = os.times()
    loaded = loaded_by("from submission_kit.cli import run; run(['--help'])")
    after = os.times()
    # Seconds of CPU of the child, which other work changes little.
    assert after.children_user - before.children_user < 5
    assert not loaded & {"numpy", "rich", "yaml", "psutil", "torch"}
