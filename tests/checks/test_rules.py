"""Every rule finds what it is for, and not what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.rules import rules_of
from evaluator.track import names, open_track
from submission_kit.archive import extract
from submission_kit.bundle import pack
from submission_kit.checks import RULES, Rules, check
from submission_kit.checks.docs import rules_page
from submission_kit.findings import Finding, as_text
from submission_kit.manifest import Target
from submission_kit.submission import open_submission
from tests.checks import fixtures

ROOT = Path(__file__).parents[2]
TARGET = Target("cifar10-100", "", 1440.0, 2)
BY_RUNNING = {"R601", "R602", "R603"}
"""Tested with trials, in `test_dynamic_check`."""

ELSEWHERE = {"C403", "L121"}
"""Depend on the version of Python, or on rights that root does not lack: tests of their own."""


@pytest.fixture(scope="module")
def rules() -> Rules:
    from dataclasses import replace

    return replace(rules_of(open_track("cifar10-100")), tracks=tuple(names()))


def test_every_rule_has_fixtures() -> None:
    assert fixtures.codes() == set(RULES) - BY_RUNNING - ELSEWHERE


@pytest.mark.parametrize("code", sorted(fixtures.codes()))
def test_bad_gets_it_and_nothing_else(code: str, tmp_path: Path, rules: Rules) -> None:
    found = check(fixtures.make(code, "bad", tmp_path), rules)
    assert {finding.code for finding in found} == {code}, as_text(found)


@pytest.mark.parametrize("code", sorted(fixtures.codes()))
def test_good_gets_nothing(code: str, tmp_path: Path, rules: Rules) -> None:
    found = check(fixtures.make(code, "good", tmp_path), rules)
    assert not [finding for finding in found if finding.code == code], as_text(found)
    assert not [finding for finding in found if finding.severity == "error"], as_text(found)


@pytest.mark.parametrize("code", [code for code in sorted(RULES) if RULES[code].packing_mends])
def test_what_packing_mends_is_not_in_the_bundle(code: str, tmp_path: Path, rules: Rules) -> None:
    bad = fixtures.make(code, "bad", tmp_path)
    bundle = pack(open_submission(bad), tmp_path / "packed.zip", TARGET)
    found = check(bundle.path, rules)
    assert not [finding for finding in found if finding.code == code], as_text(found)


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_says_what_why_and_what_to_do(code: str) -> None:
    rule = RULES[code]
    assert rule.title and not rule.title.endswith(".")
    assert len(rule.why) > 20
    assert len(rule.mend) > 10
    assert all(len(line) <= 100 for line in rule.text.splitlines())


def test_the_page_of_the_rules_is_up_to_date() -> None:
    """`make rules` writes it."""
    assert (ROOT / "docs" / "rules.md").read_text() == rules_page()


@pytest.mark.parametrize(
    "path",
    [path.parent for path in sorted(ROOT.glob("[be]*/*/submission.yaml"))],
    ids=lambda path: path.name,
)
def test_baselines_and_examples_get_nothing(path: Path, rules: Rules) -> None:
    found: list[Finding] = check(path, rules)
    assert not found, as_text(found)


def test_syntax_that_the_tracks_python_lacks(tmp_path: Path) -> None:
    code = "def train(images, labels):\n    match 1:\n        case _:\n            return len\n"
    (tmp_path / "submission.py").write_text(code)
    (tmp_path / "submission.yaml").write_text("entry: submission:train\n")
    (found,) = check(tmp_path, Rules(python="==3.7.*"))
    assert (found.code, found.severity) == ("C403", "error")
    assert "Python 3.7" in found.message
    assert not check(tmp_path, Rules(python=">=3.11"))


OPEN = """\
name: open-digits
dataset: digits
phases: {dev: {split: train}}
pretrained: true
"""


def test_a_track_that_allows_weights(tmp_path: Path) -> None:
    (tmp_path / "open.yaml").write_text(OPEN)
    opened = rules_of(open_track(str(tmp_path / "open.yaml")))
    closed = rules_of(open_track("digits-100"))
    for code in ("F501", "F506"):
        path = fixtures.make(code, "bad", tmp_path / code)
        assert [finding.code for finding in check(path, closed)] == [code]
        assert not check(path, opened)


def test_weights_are_downloaded_on_no_track(tmp_path: Path) -> None:
    described = {"submission.yaml": "entry: submission:train\n", "bert/config.json": "{}"}
    code = [
        "from torchvision.models import resnet18",
        "from transformers import AutoModel",
        "",
        "",
        "def train(images, labels):",
        "    resnet18(weights='DEFAULT')",
        "    AutoModel.from_pretrained('bert-base')",
        "    AutoModel.from_pretrained('./bert')",
        "    return len",
    ]
    for name, text in (described | {"submission.py": "\n".join(code)}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    def lines(rules: Rules) -> list[int]:
        return [finding.line for finding in check(tmp_path, rules) if finding.code == "C411"]

    assert lines(Rules()) == [6, 7, 8]
    assert lines(Rules(pretrained=True)) == [6, 7]


def test_unused_code_gets_advice_alone(tmp_path: Path) -> None:
    (tmp_path / "submission.py").write_text("def train(images, labels):\n    return len\n# plots\n")
    (tmp_path / "plots.py").write_text("import matplotlib\ninput()\n")
    (tmp_path / "submission.yaml").write_text("entry: submission:train\n")
    found = check(tmp_path, Rules(packages=("numpy",)))
    assert {(f.code, f.severity) for f in found} == {
        ("L120", "note"),
        ("C404", "note"),
        ("C450", "note"),
    }


def test_an_ignore_in_submission_yaml_speaks_of_files_without_lines(tmp_path: Path) -> None:
    path = fixtures.make("F501", "bad", tmp_path)
    described = "entry: submission:train  # subkit: ignore[F501] a table of colours\n"
    (path / "submission.yaml").write_text(described)
    assert not check(path, Rules())


def described(tmp_path: Path, text: str, **files: str) -> list[Finding]:
    """Check a folder with this `submission.yaml` and these files."""
    for name, content in {"submission.yaml": text, **files}.items():
        (tmp_path / name.replace("__", ".")).write_text(content)
    return check(tmp_path, Rules())


def test_a_description_without_an_entry(tmp_path: Path) -> None:
    (found,) = described(tmp_path, "team: us\n", x__py="")
    assert (found.code, found.severity, found.message) == ("D201", "error", "names no entry")
    assert found.path.endswith("submission.yaml")
    model = "class Model:\n    def fit(self, x, y): ...\n    def predict(self, x): ...\n"
    found = next(f for f in described(tmp_path, "team: us\n", model__py=model) if f.code == "D201")
    assert (found.severity, found.line) == ("note", 1)
    assert "model:Model is taken for the entry" in found.message


def test_a_description_of_a_script(tmp_path: Path) -> None:
    script = {"metadata": "command: python3 $program/main.py\n", "main__py": "print(1)\n"}
    assert not described(tmp_path, "team: us\n", **script)
    (found,) = described(tmp_path, "team: us\nparams: {epochs: 3}\n", **script)
    assert (found.code, found.line) == ("D206", 2)
    (found,) = described(tmp_path, "tram: us\n", **script)
    assert found.code == "D202"


def test_what_is_included_lies_beside_the_code_of_a_bundle_that_was_unpacked(
    tmp_path: Path,
) -> None:
    packed = pack(open_submission(ROOT / "baselines" / "knn"), tmp_path, TARGET)
    folder = tmp_path / "unpacked"
    extract(packed.path, folder)
    assert not check(folder, Rules())
    (folder / "submission.py").write_text((folder / "submission.py").read_text() + "\n# mine\n")
    assert not check(folder, Rules())
    again = pack(open_submission(folder), tmp_path / "again.zip", TARGET)
    assert again.manifest.files.keys() == packed.manifest.files.keys()
    (folder / "manifest.json").unlink()
    assert {finding.code for finding in check(folder, Rules())} == {"D203"}
