"""Reading a submission's folder or zip."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from submission_kit import submission as module
from submission_kit.errors import SubmissionError
from submission_kit.submission import open_submission
from tests.zips import NATIVE, Part, made_of, zipped


def test_files_that_belong_and_files_that_do_not(make: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("X = 1\n")
    folder = make("import pkg", "entry: submission:b\ninclude: [../shared.py]\nname: my method!\n")
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
    with pytest.raises(SubmissionError, match="is empty"):
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


def zip_of(files: dict[str, bytes], path: Path) -> Path:
    path.write_bytes(zipped(made_of(files)))
    return path


def folder_of(files: dict[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def temporary_folders() -> list[str]:
    return os.listdir(tempfile.gettempdir())


EVERYDAY = NATIVE | {
    "old.py": b"",
    "data/größe.csv": b"1",
    "__pycache__/x.pyc": b"",
    ".subkitignore": b"*.log",
    "a.log": b"",
}


def test_a_zip_is_the_folder_that_it_was_made_of(tmp_path: Path) -> None:
    folder = open_submission(folder_of(EVERYDAY, tmp_path / "mine"))
    found = open_submission(zip_of(EVERYDAY, tmp_path / "mine.zip"))
    assert found.digest == folder.digest
    assert found.name == folder.name == "mine"
    assert found.left_out == folder.left_out
    assert found.notes == ()
    found.lay_out(tmp_path / "copy")
    assert (tmp_path / "copy" / "data" / "größe.csv").read_bytes() == b"1"


def test_a_folder_around_all_that_a_zip_holds(tmp_path: Path) -> None:
    noise = {"__MACOSX/._mine": b"", "__MACOSX/mine/._submission.py": b"", ".DS_Store": b""}
    inner = {f"mine/{name}": content for name, content in EVERYDAY.items()}
    found = open_submission(zip_of(inner | noise, tmp_path / "upload.zip"))
    folder = open_submission(folder_of(EVERYDAY, tmp_path / "mine"))
    assert (found.digest, found.name) == (folder.digest, "mine")
    assert found.notes == ("everything in the zip lies in mine/",)
    # One folder more, or a second one beside it, is none that we can be sure of.
    for more in (
        {f"deep/{name}": content for name, content in inner.items()},
        inner | {"b/c": b""},
    ):
        with pytest.raises(SubmissionError, match=r"has no submission\.yaml"):
            open_submission(zip_of(more, tmp_path / "upload.zip"))


def test_what_was_unpacked_goes_with_the_last_who_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    before = temporary_folders()
    found = open_submission(zip_of(NATIVE, tmp_path / "a.zip"))
    other = found.with_params({"x": 1})
    assert len(temporary_folders()) == len(before) + 1
    del found
    gc.collect()
    assert other.files["submission.py"].read_bytes() == NATIVE["submission.py"]
    del other
    gc.collect()
    assert temporary_folders() == before
    for broken in ({"a.py": b""}, NATIVE | {"../a": b""}, {"submission.yaml": b"entry: 3"}):
        with pytest.raises(SubmissionError):
            open_submission(zip_of(broken, tmp_path / "b.zip"))
        gc.collect()
        assert temporary_folders() == before


def test_faults_in_a_zip_are_told_as_of_the_zip(tmp_path: Path) -> None:
    place = zip_of(NATIVE | {"submission.yaml": b"entry: 3\ntrak: x\n"}, tmp_path / "a.zip")
    with pytest.raises(SubmissionError) as caught:
        open_submission(place)
    assert f"{place}/submission.yaml:2:1: trak: unknown" in caught.value.message
    assert tempfile.gettempdir() not in caught.value.message.replace(str(tmp_path), "")


def test_a_zip_takes_nothing_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("KEY = 1")
    for item in ("../secret.py", f"{tmp_path}/secret.py"):
        described = f"entry: submission:train\ninclude: ['{item}']\n".encode()
        files = NATIVE | {"submission.yaml": described}
        with pytest.raises(
            SubmissionError, match=r"include: secret\.py does not lie beside the code"
        ):
            open_submission(zip_of(files, tmp_path / "a.zip"))
        found = open_submission(zip_of(files | {"secret.py": b"mine"}, tmp_path / "a.zip"))
        assert found.files["secret.py"].read_bytes() == b"mine"


def test_names_that_are_no_text(make: Callable[..., Path]) -> None:
    folder = make("")
    try:
        for name in (b"gr\xf6\xdfe.csv", b"a\nb", b"\xff.py"):
            Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("1")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    found = open_submission(folder)
    assert len(found.digest) == 64
    assert os.fsdecode(b"gr\xf6\xdfe.csv") in found.files


def test_a_file_that_cannot_be_read(make: Callable[..., Path]) -> None:
    folder = make("")
    (folder / "data").write_text("")
    found = open_submission(folder)
    (folder / "data").unlink()
    with pytest.raises(SubmissionError, match="data: cannot be read: No such file"):
        _ = found.digest


def test_an_unsafe_zip(tmp_path: Path) -> None:
    place = tmp_path / "a.zip"
    place.write_bytes(zipped([*made_of(NATIVE), Part("link", b"/etc/passwd", mode=0o120777)]))
    with pytest.raises(SubmissionError, match="'link' is a link"):
        open_submission(place)
