"""The traps of CodaLab 1.5 and Codabench that real zips fell into, and the finding each gets."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.rules import rules_of
from evaluator.track import open_track
from submission_kit.checks import check
from submission_kit.findings import as_text
from tests.checks.built import CODE, entry

RULES = rules_of(open_track("cifar10-100"))
SCRIPT = """\
import sys
from pathlib import Path

from torchvision.datasets import ImageFolder

images = ImageFolder(str(Path(sys.argv[1]) / "train"))
"""
TENSOR_FIRST = """\
from torchvision import transforms as t

steps = t.Compose([t.ToTensor(), t.RandomCrop(32, padding=4), t.AutoAugment(), t.ToTensor()])
"""
COMMAND = "command: python3 $program/baseline_cnn.py $input $output\r\ndescription: a network"
NATIVE = {"submission.yaml": "entry: submission:train\n", "submission.py": CODE}
REAL = {"metadata": COMMAND, "baseline_cnn.py": SCRIPT}
USUAL = {"M304", "M306"}
"""What the real competition's own form gets: carriage returns, and no Codabench."""

Zip = Callable[..., Path]


@pytest.fixture
def packed(tmp_path: Path) -> Zip:
    """Pack files by their names; a name of `change` gets its bytes in place or beside."""

    def packed(files: dict[str, str], **head: int) -> Path:
        path = tmp_path / "bundle.zip"
        with zipfile.ZipFile(path, "w") as file:
            for name, text in files.items():
                info = entry(name, head.get("mode", 0o644))
                if "system" in head:
                    info.create_system, info.external_attr = head["system"], 0x20
                file.writestr(info, text)
        return path

    return packed


def codes(path: Path) -> set[str]:
    return {finding.code for finding in check(path, RULES)}


def test_the_real_form_has_no_errors(packed: Zip) -> None:
    found = check(packed(REAL), RULES)
    assert {finding.code for finding in found} == USUAL, as_text(found)
    assert "error" not in {finding.severity for finding in found}


@pytest.mark.parametrize(
    ("trap", "more", "code"),
    [
        ("files of macOS", {"__MACOSX/._metadata": "x"}, "L103"),
        ("a previous zip left inside", {"old.zip": "PK"}, "L108"),
        ("an unused helper", {"wide.py": "x = 1\n"}, "L120"),
        (
            "pip at run time",
            {"baseline_cnn.py": "import os\nos.system('pip install x')\n"},
            "C412",
        ),
        (
            "a sibling that was not packed",
            {"baseline_cnn.py": "from wide_resnet import WideResNet\n"},
            "C404",
        ),
        (
            "a bare number where the last batch holds one image",
            {"baseline_cnn.py": "def label(pred):\n    return pred.squeeze().tolist()\n"},
            "C484",
        ),
        (
            "a tensor before transforms of PIL images",
            {"baseline_cnn.py": TENSOR_FIRST},
            "C490",
        ),
        ("two blanks", {"metadata": "command: python3  $program/baseline_cnn.py\n"}, "M305"),
        ("quotes", {"metadata": 'command: python3 "$program/baseline_cnn.py"\n'}, "M305"),
        ("a key as an address", {"metadata": f"{COMMAND}\nteam: us\n"}, "M303"),
        ("no such script", {"metadata": "command: python3 $program/main.py\n"}, "M307"),
        ("the working folder", {"metadata": "command: python3 baseline_cnn.py\n"}, "M308"),
        (
            "the name of the platform's own file",
            {"baseline_cnn.py": "open('out/metadata', 'w')\n"},
            "M310",
        ),
        ("bad YAML", {"metadata": "command: [\n"}, "M302"),
    ],
)
def test_a_trap(trap: str, more: dict[str, str], code: str, packed: Zip) -> None:
    assert code in codes(packed(REAL | more)), trap


def test_a_sibling_that_was_packed(packed: Zip) -> None:
    sibling = {"baseline_cnn.py": "from wide_resnet import Net\n", "wide_resnet.py": "Net = 1\n"}
    assert codes(packed(REAL | sibling)) == USUAL


def test_entries_without_modes(packed: Zip) -> None:
    assert codes(packed(REAL, system=0)) == USUAL | {"L114"}


def test_a_top_folder(packed: Zip) -> None:
    """CodaLab 1.5 flattens it where it has `metadata`, Codabench never does."""
    for files, severity in (
        (NATIVE | {"metadata": "description: x"}, "warning"),
        (NATIVE, "error"),
    ):
        path = packed({f"mine/{name}": text for name, text in files.items()})
        (found,) = [finding for finding in check(path, RULES) if finding.code == "L102"]
        assert found.severity == severity
    path = packed({f"mine/{n}": t for n, t in NATIVE.items()} | {"__MACOSX/mine/._x": ""})
    assert {"L102", "L103"} <= codes(path)


def test_results_instead_of_code(packed: Zip) -> None:
    assert "M309" in codes(packed(NATIVE))
    assert "M301" in codes(packed(NATIVE | {"metadata.yaml": "description: x"}))
    assert "M309" not in codes(packed(NATIVE | {"metadata": "# a comment"}))


def test_names_that_are_stripped_and_links(packed: Zip) -> None:
    assert "L110" in codes(packed(NATIVE | {"../up.py": ""}))
    assert "L110" in codes(packed(NATIVE | {"/top.py": ""}))
    assert "L109" in codes(packed(NATIVE, mode=stat.S_IFLNK | 0o777))


def test_a_network_that_needs_a_gpu_and_the_net(packed: Zip) -> None:
    code = "import torch\nnet = torch.hub.load('a/b', 'c', pretrained=True).cuda()\n"
    assert {"C410", "C420"} <= codes(packed(REAL | {"baseline_cnn.py": code}))


def test_empty_and_bad_zips(tmp_path: Path, packed: Zip) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(b"not a zip")
    assert codes(path) == {"L101"}
    assert "L101" in codes(packed({}))
    assert "L119" in codes(packed(NATIVE).rename(tmp_path / "bundle.zip.txt"))
