"""The fast index of a zip against Python's own, and archives out of the ordinary."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
from dataset_files import write_tree, zip_tree

from evaluator.datasets import zipindex
from evaluator.datasets.zipindex import Member, read_index, read_members
from submission_kit.errors import DataError

CONTENTS = {"a.txt": b"a" * 5000, "empty": b"", "d/grün.txt": bytes(range(256)) * 9}


def write_zip(path: Path, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in CONTENTS.items():
            archive.writestr(name, content)
        archive.comment = comment
    return path


def contents(path: Path) -> dict[str, bytes]:
    index = read_index(path)
    return dict(zip(index, read_members(path, index, index), strict=True))


@pytest.fixture
def no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise AssertionError("the fast way was not taken")

    monkeypatch.setattr(zipindex, "_parse_with_zipfile", refuse)


@pytest.fixture
def fallbacks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    taken: list[Path] = []
    slow = zipindex._parse_with_zipfile

    def parse(path: Path) -> list[tuple[str, Member]]:
        taken.append(path)
        return slow(path)

    monkeypatch.setattr(zipindex, "_parse_with_zipfile", parse)
    return taken


@pytest.mark.usefixtures("no_fallback")
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("comment", [b"", b"a comment", b"c" * 65535])
def test_plain_archives_are_read_the_fast_way(tmp_path: Path, method: int, comment: bytes) -> None:
    assert contents(write_zip(tmp_path / "a.zip", method, comment)) == CONTENTS


@pytest.mark.usefixtures("no_fallback")
def test_empty_archive(tmp_path: Path) -> None:
    zipfile.ZipFile(tmp_path / "a.zip", "w").close()
    assert read_index(tmp_path / "a.zip") == {}


def test_fast_and_slow_way_agree(tmp_path: Path) -> None:
    path = zip_tree(write_tree(tmp_path / "tree"), tmp_path / "a.zip")
    fast = read_index(path)
    assert len(fast) == 2 * (12 + 3) + 2 * 3  # images and folders
    assert fast == dict(zipindex._parse_with_zipfile(path))


def test_an_overflown_count_is_no_fault(tmp_path: Path) -> None:
    """As macOS zips more than 65535 files: the count, 16 bits, starts again from 0."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"a")
    content = path.read_bytes()
    start = content.index(b"PK\x01\x02")
    header = bytearray(content[start : start + 46])
    header[28] = 5  # length of the name
    headers = b"".join(bytes(header) + b"%05d" % i for i in range(65538))
    record = struct.pack("<4s 4x H H L L H", b"PK\x05\x06", 2, 2, len(headers), start, 0)
    path.write_bytes(content[:start] + headers + record)
    index = read_index(path)
    assert len(index) == 65538
    assert list(read_members(path, index, ["00000", "65537"])) == [b"a", b"a"]


def test_zip64_goes_the_slow_way(tmp_path: Path, fallbacks: list[Path]) -> None:
    """Rewrites the end of a plain archive as one of more than 4 GB has it."""
    path = write_zip(tmp_path / "a.zip")
    content = path.read_bytes()
    at = content.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<H L L", content, at + 10)
    record = struct.pack("<4s Q H H L L Q Q Q Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count,
                         size, start)  # fmt: skip
    locator = struct.pack("<4s L Q L", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s H H H H L L H", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF,
                      0xFFFFFFFF, 0)  # fmt: skip
    path.write_bytes(content[:at] + record + locator + end)
    assert contents(path) == CONTENTS
    assert fallbacks == [path]


def test_zip64_fields_in_local_headers_alone(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "tree", classes=("ant",), train=2, test=1)
    read = contents(zip_tree(tree, tmp_path / "a.zip", zip64=True))
    assert read["train/ant/1.png"] == (tree / "train/ant/1.png").read_bytes()


def test_data_before_the_zip_goes_the_slow_way(tmp_path: Path, fallbacks: list[Path]) -> None:
    path = write_zip(tmp_path / "a.zip")
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    assert contents(path) == CONTENTS
    assert fallbacks == [path]


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip")
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"a\.zip"):
            read_index(path)


def test_no_flipped_byte_goes_unnoticed(tmp_path: Path) -> None:
    """Either a fault is raised or the contents are right; never wrong contents."""
    path = write_zip(tmp_path / "a.zip", zipfile.ZIP_STORED)
    whole = path.read_bytes()
    refused = 0
    for at in range(0, len(whole), 5):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            read = contents(path)
        except DataError:
            refused += 1
        else:
            # A name in the directory may have changed: nothing covers it by a checksum.
            assert sorted(read.values()) == sorted(CONTENTS.values())
    assert refused > len(whole) / 5 * 0.9  # most of the archive is contents


def test_a_damaged_length_that_hides_a_member(tmp_path: Path) -> None:
    """The first header's comment grows over the second header; zipfile would not notice."""
    path = write_zip(tmp_path / "a.zip")
    content = bytearray(path.read_bytes())
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    third = content.index(b"PK\x01\x02", second + 4)
    content[first + 32] = third - second
    path.write_bytes(content)
    assert len(zipindex._parse_with_zipfile(path)) == 2
    with pytest.raises(DataError, match="has 2 members, not 3"):
        read_index(path)


def test_a_member_that_is_not_there(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip")
    path.write_bytes(b"XX" + path.read_bytes()[2:])
    with pytest.raises(DataError, match=r"a\.txt is not where the zip's directory says"):
        contents(path)


def test_wrong_crc(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"aaaa", b"aaab", 1))
    index = read_index(path)
    assert list(read_members(path, index, ["d/grün.txt"])) == [CONTENTS["d/grün.txt"]]
    with pytest.raises(DataError, match=r"a\.txt is damaged"):
        list(read_members(path, index, ["a.txt"]))


def test_more_data_than_promised(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip")
    index = read_index(path)
    index["a.txt"] = index["a.txt"]._replace(size=0)
    with pytest.raises(DataError, match="wrong size"):
        list(read_members(path, index, ["a.txt"]))


def test_encrypted(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="encrypted"):
        contents(path)


def test_unknown_method(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", zipfile.ZIP_LZMA)
    with pytest.raises(DataError, match="method 14") as caught:
        contents(path)
    assert "deflate" in caught.value.mend


def test_a_name_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("first", b"")
        archive.writestr("same", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("same", b"2")
    with pytest.raises(DataError, match="'same' twice"):
        read_index(path)


def test_no_zip_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("<html>not found</html>" * 10)
    with pytest.raises(DataError, match="zip"):
        read_index(tmp_path / "a.zip")
    with pytest.raises(DataError, match="zip"):
        read_index(tmp_path / "absent.zip")
