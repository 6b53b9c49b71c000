"""Whatever a submission leaves on the disk is counted, and goes."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from evaluator.disk import Usage, remove, usage


def test_usage_counts_bytes_and_files(tmp_path: Path) -> None:
    assert usage(str(tmp_path), 100) == Usage(0, 0)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(bytes(100_000))
    (tmp_path / "link").symlink_to("/")
    found = usage(str(tmp_path), 100)
    assert found.files == 3
    assert 100_000 <= found.size < 200_000


def test_a_file_with_holes_counts_what_it_holds(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(10**12)
    assert usage(str(tmp_path), 100).size < 100_000


def test_looking_stops_at_the_most_that_is_allowed(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / str(number)).touch()
    assert usage(str(tmp_path), 10).files == 11


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_names_that_are_no_text(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "made")
    os.mkdir(folder)
    for name in (b"\xff\xfe", b"new\nline", b"\x1b[31m", b" ", b"-rf", "ü".encode()):
        os.mkdir(folder + b"/" + name)
        open(folder + b"/" + name + b"/" + name, "w").close()
    assert usage(str(tmp_path / "made"), 100).files == 12
    assert remove(str(tmp_path / "made"))


def test_deeper_than_a_path_can_be(tmp_path: Path) -> None:
    """And than Python's own way to remove a tree recurses."""
    top = tmp_path / "made"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("folder", dir_fd=here)
        inner = os.open("folder", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    assert remove(str(top))
    assert not top.exists()


def test_without_rights(tmp_path: Path) -> None:
    top = tmp_path / "made"
    inner = top / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").write_bytes(bytes(50_000))
    for folder in (inner, inner.parent, top):
        folder.chmod(0)
    assert usage(str(top), 100).size >= 50_000
    assert remove(str(top))


def test_rights_of_others_stay_as_they_are(tmp_path: Path) -> None:
    """Those of what a link leads to, also where it cannot be removed at once."""
    others = tmp_path / "others"
    others.mkdir(mode=0o755)
    closed = tmp_path / "made" / "closed"
    closed.mkdir(parents=True)
    (closed / "link").symlink_to(others)
    closed.chmod(0o500)
    assert remove(str(tmp_path / "made"))
    assert others.stat().st_mode & 0o777 == 0o755


def test_many_folders_without_rights(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / "made" / "folders" / str(number) / "within").mkdir(parents=True)
        (tmp_path / "made" / "folders" / str(number)).chmod(0)
    started = time.monotonic()
    assert remove(str(tmp_path / "made"))
    assert time.monotonic() - started < 5


def test_what_is_not_there_is_removed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert remove(str(tmp_path / "nowhere"))
    assert tmp_path.stat().st_mode & 0o777 == 0o755
