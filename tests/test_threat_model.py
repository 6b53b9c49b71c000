"""Each promise of the threat model names what shows it: that must be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import SUBMISSIONS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "threat-model.md").read_text()
VERDICTS = {path.name for path in SUBMISSIONS.iterdir() if path.is_dir()}
NAMED = sorted({word for word in re.findall(r"`([^`\s]+)`", PAGE) if "/" in word})


def named_submissions() -> list[str]:
    return [word for word in NAMED if word.partition("/")[0] in VERDICTS]


@pytest.mark.parametrize("word", named_submissions())
def test_a_named_submission_is_there(word: str) -> None:
    assert list(SUBMISSIONS.glob(word)), word


def test_enough_are_named() -> None:
    assert len(named_submissions()) > 25


@pytest.mark.parametrize(
    ("file", "test"), re.findall(r"`(?:\S*/)?(test_\w+\.py)(?:::(\S+))?`", PAGE)
)
def test_a_named_test_is_there(file: str, test: str) -> None:
    (path,) = (ROOT / "tests").rglob(file)
    assert f"def {test.removesuffix('*')}" in path.read_text()


@pytest.mark.parametrize("word", [word for word in NAMED if word.startswith(("tests/", "bench"))])
def test_a_named_file_is_there(word: str) -> None:
    assert (ROOT / word.partition("::")[0]).exists(), word
