"""Reading a submission's folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from submission_kit import submission as module
from submission_kit.errors import SubmissionError
from submission_kit.submission import open_submission


def test_files_that_belong_and_files_that_do_not(make: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("X = 1\n")
    folder = make("", "entry: a:b\ninclude: [../shared.py]\nname: my method!\n")
    for name in ("pkg/mod.py", "__pycache__/x.pyc", ".git/config", ".hidden", "old.pyc", "runs/1"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    found = open_submission(folder)
    assert sorted(found.files) == ["pkg/mod.py", "shared.py", "submission.py", "submission.yaml"]
    assert found.name == "my-method"

    found.lay_out(tmp_path / "copy")
    assert (tmp_path / "copy" / "shared.py").read_text() == "X = 1\n"
    assert (tmp_path / "copy" / "pkg" / "mod.py").exists()


def test_the_digest_follows_content_and_params_not_the_place(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    one = open_submission(make("a = 1", name="one"))
    two = open_submission(make("a = 1", name="two"))
    other = open_submission(make("a = 2", name="other"))
    assert one.digest == two.digest != other.digest
    assert one.with_params({"x": 1}).digest != one.digest


@pytest.mark.parametrize(
    ("described", "says"),
    [
        ("entry: 3\ntrak: x\n", "submission.yaml:2:1: trak: unknown; did you mean 'track'?"),
        ("track: x\n", "submission.yaml:1:1: entry: is missing"),
        ("entry: a:b\ninclude: [none.py]\n", "there is no file"),
        ("entry: a:b\ninclude: [../made/submission.py]\n", "laid over another file"),
    ],
)
def test_faults(make: Callable[..., Path], described: str, says: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        open_submission(make("", described))
    assert says in caught.value.message


def test_no_folder_no_description(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="does not exist"):
        open_submission(tmp_path / "none")
    with pytest.raises(SubmissionError, match=r"has no submission\.yaml") as caught:
        open_submission(tmp_path)
    assert "entry: submission:train" in caught.value.mend
    (tmp_path / "file").write_text("")
    with pytest.raises(SubmissionError, match="is a file"):
        open_submission(tmp_path / "file")


def test_too_large(make: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SIZE", 10)
    with pytest.raises(SubmissionError, match=r"the largest file is submission\.py"):
        open_submission(make("x = 1\n" * 10))


def test_params_are_plain(make: Callable[..., Path]) -> None:
    submission = open_submission(make(""))
    for value in (date(2024, 1, 1), float("nan"), {1: 2}, 1 << 2000, [[]] * 2 + [object()]):
        with pytest.raises(SubmissionError, match="params: expected text, numbers, lists"):
            submission.with_params({"x": value})
