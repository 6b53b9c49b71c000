"""`subkit pack` and `subkit verify` as people type them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from submission_kit.cli import run
from tests.zips import made_of, zipped

FINE = "def train(images, labels, *, seed):\n    return lambda images: [seed % 10] * len(images)\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def test_pack_and_verify(
    make: Callable[..., Path], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(FINE)
    (folder / "old.zip").write_bytes(b"")
    assert run(["pack", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "packed made-native.zip: 4 files" in said
    assert "check      " in said
    assert "left out   old.zip: never needed" in said
    assert run(["pack", str(folder)]) == 0  # again, over its own
    capsys.readouterr()
    assert run(["verify", "made-native.zip"]) == 0
    assert "unchanged since it was packed, 4 files" in capsys.readouterr().out

    data = bytearray((here / "made-native.zip").read_bytes())
    data[data.index(b"seed % 10")] ^= 1
    (here / "made-native.zip").write_bytes(data)
    assert run(["verify", "made-native.zip"]) == 1
    assert "'submission.py' is not what it was" in capsys.readouterr().out


def test_json(make: Callable[..., Path], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make(FINE)
    command = [
        "pack",
        str(folder),
        "--json",
        "--form",
        "script",
        "--platform",
        "both",
        "-o",
        "x.zip",
    ]
    assert run(command) == 0
    captured = capsys.readouterr()
    assert "note: Codabench cannot run the script form" in captured.err
    value = json.loads(captured.out)
    assert (value["schema"], value["kind"], value["bundle"]) == (1, "pack", "x.zip")
    assert value["manifest"]["track"]["name"] == "digits-100"
    assert value["manifest"]["track"]["seconds"] == 1440
    assert value["manifest"]["check"]["error"] == 0
    assert run(["verify", "x.zip", "--json"]) == 0
    verified = json.loads(capsys.readouterr().out)
    assert verified["is_fine"] is True
    assert verified["manifest"] == value["manifest"]


def test_errors_are_not_packed(
    make: Callable[..., Path], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (make("def train(:\n", name="a"), make(FINE, "entry: 3\n", name="b")):
        assert run(["pack", str(folder), "-o", "x.zip"]) == 1
        captured = capsys.readouterr()
        assert "not packed: mend the errors" in captured.err
        assert captured.out == ""
        assert run(["pack", str(folder), "-o", "x.zip", "--json"]) == 1
        assert json.loads(capsys.readouterr().out)["bundle"] is None
        assert not (here / "x.zip").exists()
    # Without a check it is packed as it is, and the manifest says so; where it can be read at all.
    assert run(["pack", str(here.parent / "a"), "--no-check", "--json", "-o", "x.zip"]) == 0
    assert json.loads(capsys.readouterr().out)["manifest"]["check"] == "not checked"
    assert run(["pack", str(here.parent / "b"), "--no-check"]) == 1
    assert "submission.yaml:1:1: entry: expected text" in capsys.readouterr().err
    # To verify such a bundle is to check it.
    assert run(["verify", "x.zip"]) == 1
    assert run(["verify", "x.zip", "--no-check"]) == 0


def test_a_bundle_can_be_packed_again(
    make: Callable[..., Path], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pack", str(make(FINE))]) == 0
    first = (here / "made-native.zip").read_bytes()
    assert run(["pack", "made-native.zip", "-o", "again.zip"]) == 0
    assert (here / "again.zip").read_bytes() == first


def test_a_zip_that_was_packed_badly_is_packed_well(
    make: Callable[..., Path], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(FINE + "import old\n")
    (folder / "old.py").write_text("import requests_not_there\n")
    files = {f"mine/{path.name}": path.read_bytes() for path in folder.iterdir()}
    (here / "bad.zip").write_bytes(zipped(made_of(files | {"__MACOSX/._mine": b""})))
    assert run(["check", "bad.zip"]) == 1
    assert "everything lies in the folder mine/" in capsys.readouterr().out
    assert run(["pack", "bad.zip"]) == 1
    assert "bad.zip/mine/old.py:1:" in capsys.readouterr().err
    del files["mine/old.py"]
    files["mine/submission.py"] = FINE.encode()
    (here / "bad.zip").write_bytes(zipped(made_of(files | {"__MACOSX/._mine": b""})))
    assert run(["pack", "bad.zip"]) == 0
    assert capsys.readouterr().err == "note: everything in the zip lies in mine/\n"
    assert run(["verify", "mine-native.zip"]) == 0


def test_what_is_there_stays(
    make: Callable[..., Path], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "x.zip").write_bytes(b"my thesis")
    command = ["pack", str(make(FINE)), "-o", "x.zip"]
    assert run(command) == 3
    assert "mend: Name another with -o, or replace it with --force." in capsys.readouterr().err
    assert (here / "x.zip").read_bytes() == b"my thesis"
    assert run([*command, "--force"]) == 0


def test_no_bundle(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "none.zip", "--json"]) == 1
    value = json.loads(capsys.readouterr().out)
    assert value["is_fine"] is False
    assert value["faults"] == ["none.zip: does not exist"]
    assert run(["pack", "none"]) == 1


def test_what_a_script_is_told_of_the_platform_it_is_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That Codabench cannot run it matters to nobody who packs for CodaLab."""
    folder = str(tmp_path / "mine")
    assert run(["init", folder, "--template", "script"]) == 0
    for options, told in (([], False), (["--platform", "both"], True)):
        bundle = str(tmp_path / f"{told}.zip")
        capsys.readouterr()
        assert run(["pack", folder, "-o", bundle, *options]) == 0
        assert ("M306" in capsys.readouterr().err) is told
        assert run(["verify", bundle]) == 0
        assert ("M306" in capsys.readouterr().err) is told
    assert run(["init", str(tmp_path / "native")]) == 0
    bundle = str(tmp_path / "script.zip")
    assert run(["pack", str(tmp_path / "native"), "-o", bundle, "--form", "script"]) == 0
    capsys.readouterr()
    assert run(["verify", bundle]) == 0
    assert capsys.readouterr().err == ""
