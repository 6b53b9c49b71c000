"""The guard cures one fault of one package, and has no part in anything else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

GUARDED = "from submission_kit import torchvision_guard as g; g.install(); g.install(); "


def run(code: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    path = f"import sys; sys.path[:0] = {[str(folder) for folder in folders]!r}; "
    script = [sys.executable, "-c", path + code]
    return subprocess.run(script, capture_output=True, text=True, timeout=120)


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A stand-in for torchvision, whose code the test writes."""
    (tmp_path / "torchvision").mkdir()
    return tmp_path / "torchvision" / "__init__.py"


def test_a_healthy_package_is_left_alone(fake: Path) -> None:
    fake.write_text("value = 3\n")
    code = "import torchvision; print(torchvision.value, 'torch' in sys.modules)"
    assert run(GUARDED + code, fake.parents[1]).stdout == "3 False\n"


@pytest.mark.parametrize(
    "fault", ["RuntimeError('operator torchvision::nms is odd')", "ImportError('libjpeg')"]
)
def test_other_faults_pass_through(fake: Path, fault: str) -> None:
    fake.write_text(f"raise {fault}\n")
    done = run(GUARDED + "import torchvision", fake.parents[1])
    assert fault.split("'")[1] in done.stderr.splitlines()[-1]


def test_an_operator_that_stays_missing_does_not_go_round_for_ever(fake: Path) -> None:
    pytest.importorskip("torch")
    fake.write_text("raise RuntimeError('operator torchvision::never does not exist')\n")
    done = run(GUARDED + "import torchvision", fake.parents[1])
    assert "torchvision::never does not exist" in done.stderr.splitlines()[-1]


def test_the_installed_package() -> None:
    """Where it cannot be imported as it is, the guard is what makes the difference."""
    pytest.importorskip("torch")
    use = "from torchvision.transforms import v2; import torchvision.models; print('imported')"
    bare = run(use)
    if bare.returncode == 0:
        pytest.skip("the installed torchvision fits the installed torch: nothing to cure")
    assert "does not exist" in bare.stderr
    assert run(GUARDED + use).stdout == "imported\n"
