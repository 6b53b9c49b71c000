"""Zips that may be anything: one clear error each, in bounded time and memory."""

from __future__ import annotations

import io
import os
import shutil
import stat
import struct
import tempfile
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submission_kit import archive
from submission_kit.archive import entries, extract, name_fault, require_safe_names, write
from submission_kit.errors import ConfigError, SubmissionError
from tests.strategies import inputs, mutated
from tests.zips import NATIVE, Part, made_of, zipped

FINE = zipped(made_of(NATIVE))
BOMB = bytes(20_000_000)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "some.zip"


def unpacked(data: bytes, place: Path) -> dict[str, bytes]:
    """Unpack, and return what came of it."""
    place.write_bytes(data)
    folder = place.with_name("unpacked")
    folder.mkdir()
    extract(place, folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


ORDINARY = {
    "deflated": FINE,
    "stored": zipped(made_of(NATIVE, 0)),
    "zip64": zipped(made_of(NATIVE), zip64=True),
    "comment": zipped(made_of(NATIVE), comment=b"made by hand"),
    "comment with the mark of an end": zipped(made_of(NATIVE), comment=b"PK\5\6" + bytes(30)),
    "mode 0, made on Windows": zipped([Part(n, c, 8, mode=0, system=0) for n, c in NATIVE.items()]),
    "nobody may read": zipped([Part(n, c, mode=0o100000) for n, c in NATIVE.items()]),
    "data before, which it knows of": zipped(made_of(NATIVE), before=b"#!/bin/sh\n"),
    "starts with ./": zipped([Part(f"./{n}", c, 8) for n, c in NATIVE.items()]),
    "sizes follow": zipped(
        [
            Part(n, c, flags=8, local={"crc": 0, "size": 0, "compressed": 0})
            for n, c in NATIVE.items()
        ]
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_zips(name: str, place: Path) -> None:
    assert unpacked(ORDINARY[name], place) == NATIVE


def test_what_other_packers_write(place: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.mkdir("pkg")
        packed.writestr("pkg/größe.txt", "ß")
        with packed.open("large.bin", "w", force_zip64=True) as file:
            file.write(bytes(1000))
        packed.writestr("empty", "")
        packed.writestr("inner.zip", FINE)
    held = unpacked(buffer.getvalue(), place)
    assert held.keys() == {"pkg/größe.txt", "large.bin", "empty", "inner.zip"}
    assert held["inner.zip"] == FINE  # never unpacked
    assert entries(place)[0].name == "pkg/"
    assert entries(place)[0].is_folder


def test_a_folder_that_stands_twice_does_no_harm(place: Path) -> None:
    parts = [Part("a/", mode=0o40755), Part("a/", mode=0o40755), Part("a/b", b"1")]
    assert unpacked(zipped(parts), place) == {"a/b": b"1"}


def test_files_can_be_read_and_are_not_programs(place: Path) -> None:
    unpacked(zipped([Part("a", b"1", mode=0o100000), Part("b", b"2", mode=0o104777)]), place)
    for name in ("a", "b"):
        mode = (place.with_name("unpacked") / name).stat().st_mode
        assert mode & stat.S_IRUSR
        assert not mode & (stat.S_ISUID | stat.S_IXUSR)


def one(name: str | bytes = "a", content: bytes = b"x", **more: object) -> bytes:
    return zipped([Part(name, content, **more)])  # type: ignore[arg-type]


def with_byte(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes([value]) + data[at + 1 :]


def overlapping() -> bytes:
    """Write two entries that share one content, as bombs do that no ratio shows."""
    return zipped(
        [Part("a", b"x" * 50, 8), Part("b", b"x" * 50, 8, offset=0, local={"name": b"b"})]
    )


UNSAFE = {
    "empty": (b"", "is empty"),
    "text": (b"# no zip\n" * 50, "is no zip"),
    "gzip": (b"\x1f\x8b\x08" + bytes(50), "is no zip: it is gzip"),
    "tar": (bytes(257) + b"ustar" + bytes(250), "is no zip: it is tar"),
    "RAR": (b"Rar!\x1a\x07" + bytes(50), "is no zip: it is RAR"),
    "cut": (FINE[:-30], "is damaged: it is cut short"),
    "cut at the start": (FINE[20:], "is damaged: its directory is not where it says"),
    "data put before": (b"#!/bin/sh\n" + FINE, "with data put before it"),
    "data after": (FINE + b"more", "is damaged: it is cut short"),
    "in parts": (zipped(made_of(NATIVE), disk=1), "is one part of several"),
    "bomb": (one(content=BOMB, method=8), "more than 100 times what is packed"),
    "bomb of many": (
        zipped([Part(f"{i}", bytes(1_000_000), 8) for i in range(15)]),
        "more than 100 times what is packed",
    ),
    "declares too much": (one(size=301_000_000, compressed=301_000_000), "unpacks to 301 MB"),
    "holds more than it declares": (one(content=BOMB, method=8, size=100), "more than the 100"),
    "holds less than it declares": (one(content=b"abc" * 9, method=8, size=28), "wrong size or"),
    "claims millions": (zipped(made_of(NATIVE), count=60_000), "holds 60000 files and folders"),
    "claims billions": (
        zipped(made_of(NATIVE), count=1 << 40, zip64=True),
        "holds 1099511627776 files and folders",
    ),
    "too many": (zipped([Part(f"{i}") for i in range(10_001)]), "holds 10001 files and folders"),
    "fewer than it says": (zipped(made_of(NATIVE), count=3), "has 2 entries, not 3"),
    "link": (one(content=b"/etc/passwd", mode=0o120777), "'a' is a link"),
    "device": (one(content=b"", mode=0o020666), "neither a file nor a folder"),
    "pipe": (one(content=b"", mode=0o010666), "neither a file nor a folder"),
    "socket": (one(content=b"", mode=0o140666), "neither a file nor a folder"),
    "folder by mode alone": (one(content=b"", mode=0o040755), "neither a file nor a folder"),
    "folder with content": (one("a/", b"x", mode=0o040755), "a folder with a content of its own"),
    "outside": (one("../a"), "'../a' leads out of its folder"),
    "outside within": (one("a/../../b"), "leads out of its folder"),
    "absolute": (one("/etc/passwd"), "'/etc/passwd' is absolute"),
    "drive": (one("C:/a"), "'C:/a' is absolute"),
    "relative to a drive": (one("C:a"), "is absolute"),
    "backslash": (one("a\\b"), "holds a backslash"),
    "backslash outside": (one("..\\a"), "holds a backslash"),
    "null byte": (one(b"a.py\0.txt"), "holds control characters"),
    "control characters": (one("a\x1b[2J"), "holds control characters"),
    "right to left": (one("a\u202eyp.txt"), "holds control characters"),
    "not UTF-8": (one(b"gr\xf6\xdfe", flags=0), "is not UTF-8"),
    "not the UTF-8 it says": (one(b"gr\xf6\xdfe", flags=0x800), "is not UTF-8"),
    "no name": (one(""), "names nothing"),
    "the folder itself": (one("./", b"", mode=0o40755), "names nothing"),
    "long": (one("a" * 256), "is too long"),
    "long in all": (one("abc/" * 300 + "a"), "is too long"),
    "deep": (one("a/" * 32 + "a"), "nested more than 32"),
    "twice": (zipped([Part("a", b"1"), Part("a", b"2")]), "a stands twice"),
    "twice in other words": (zipped([Part("a", b"1"), Part("./a", b"2")]), "a stands twice"),
    "case twins": (zipped([Part("a.py"), Part("A.py")]), "a.py and A.py differ in case"),
    "case twins above": (zipped([Part("a/b"), Part("A/c")]), "a and A differ in case"),
    "accents": (zipped([Part("é"), Part("e\u0301")]), "differ in case or accents"),
    "file and folder": (zipped([Part("a", b"1"), Part("a/b", b"2")]), "both a file and a folder"),
    "folder and file": (zipped([Part("a/b", b"2"), Part("a", b"1")]), "both a file and a folder"),
    "encrypted": (one(flags=1), "'a' is encrypted"),
    "strongly encrypted": (one(flags=0x41), "'a' is encrypted"),
    "bzip2": (one(method=12), "'a' is compressed by bzip2"),
    "LZMA": (one(method=14), "'a' is compressed by LZMA"),
    "unknown method": (one(method=77), "'a' is compressed by method 77"),
    "overlapping": (overlapping(), "overlaps another entry"),
    "beyond its end": (one(compressed=90, size=90), "'a' is cut short"),
    "offset beyond": (one(offset=5000), "is not where the directory says"),
    "offset into content": (one(content=b"x" * 90, offset=40), "is not where the directory says"),
    "checksum": (one(crc=7, local={"crc": 7}), "wrong size or checksum"),
    "checksums disagree": (one(crc=7, local={"crc": 8}), "disagree"),
    "names disagree": (one(local={"name": b"b"}), "disagree"),
    "methods disagree": (one(local={"method": 8}), "disagree"),
    "sizes disagree": (one(local={"size": 5}), "disagree"),
    "encrypted by one header": (one(local={"flags": 1}), "disagree"),
    "stored in another size": (one(content=b"abc", size=2), "stored in another size"),
    "zip64 without sizes": (one(size=0xFFFFFFFF), "lacks its zip64 sizes"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
def test_unsafe_zips(name: str, place: Path) -> None:
    data, says = UNSAFE[name]
    with pytest.raises(SubmissionError) as caught:
        unpacked(data, place)
    assert says in caught.value.message
    assert caught.value.message.startswith(f"{place}: ")
    assert caught.value.mend
    for left in place.with_name("unpacked").rglob("*"):
        assert left.is_file() or left.is_dir()
        assert not left.is_symlink()
    assert {path.name for path in place.parent.iterdir()} == {place.name, "unpacked"}


def test_zip64_whose_records_disagree(place: Path) -> None:
    data = zipped(made_of(NATIVE), zip64=True)
    end = len(data) - 22
    for at, says in (
        (end - 20 + 8, "zip64 end record is not where"),
        (end - 20 - 56 + 4, "zip64 end record is not where"),
        (end + 12, "disagree"),
        (end - 20 - 56 + 48, "is not where it says"),
    ):
        with pytest.raises(SubmissionError, match=says):
            entries(_written(place, with_byte(data, at, data[at] ^ 1)))


def _written(place: Path, data: bytes) -> Path:
    place.write_bytes(data)
    return place


def test_broken_deflate(place: Path) -> None:
    data = zipped([Part("a", os.urandom(2000), 8)])
    for broken in (
        data[:31] + bytes(50) + data[81:],
        zipped([Part("a", bytes(100), 8, compressed=3, local={"compressed": 3})]),
    ):
        with pytest.raises(SubmissionError, match="is damaged"):
            extract(_written(place, broken), place.parent)
        place.parent.joinpath("a").unlink()


def test_the_content_goes_on_after_the_end_of_deflate(place: Path) -> None:
    data = zipped([Part("a", b"abc", 8, compressed=40)])
    packed = zipped([Part("a", b"abc", 8)]).index(b"PK\1\2") - 31
    hidden = data[: 31 + packed] + bytes(40 - packed) + data[31 + packed :]
    start = hidden.index(b"PK\1\2")
    hidden = hidden[:-6] + struct.pack("<LH", start, 0)
    hidden = hidden[:18] + struct.pack("<L", 40) + hidden[22:]
    with pytest.raises(SubmissionError, match="ends before its packed bytes do"):
        extract(_written(place, hidden), place.parent)


def test_memory_and_time_are_bounded(place: Path) -> None:
    """A file of 40 MB that compresses well enough not to be a bomb, and one that lies."""
    content = os.urandom(5000)
    place.write_bytes(zipped([Part("a", (content + bytes(100_000)) * 380, 8)]))
    folder = place.with_name("unpacked")
    folder.mkdir()
    tracemalloc.start()
    started = time.monotonic()
    extract(place, folder)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000_000
    assert time.monotonic() - started < 5
    assert (folder / "a").stat().st_size == 105_000 * 380


def test_a_large_directory_is_not_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_DIRECTORY", 100_000)
    extra = struct.pack("<2H", 9, 60_000) + bytes(60_000)
    place.write_bytes(zipped([Part("a", extra=extra), Part("b", extra=extra)]))
    with pytest.raises(SubmissionError, match="its directory takes 120 kB, more than 100 kB"):
        entries(place)


def test_a_file_too_large_is_not_read(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(archive.MAX_SIZE + 1)  # sparse
    with pytest.raises(SubmissionError, match="holds 300 MB, more than"):
        entries(place)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="does not exist"):
        entries(tmp_path / "none.zip")
    with pytest.raises(SubmissionError, match="is no file"):
        entries(tmp_path)
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(SubmissionError, match="is no file"):
        entries(tmp_path / "pipe.zip")


def test_a_folder_that_cannot_be_written(place: Path) -> None:
    place.write_bytes(FINE)
    place.with_name("file").write_text("")
    with pytest.raises(ConfigError, match="cannot be unpacked"):
        extract(place, place.with_name("file"))


def test_what_an_entry_says(place: Path) -> None:
    place.write_bytes(
        zipped(
            [Part("./a/", mode=0o40755), Part("b", mode=0o120777, flags=1), Part(b"\xff", mode=0)]
        )
    )
    folder, link, odd = entries(place)
    assert (folder.path, folder.is_folder, folder.is_special) == ("a", True, False)
    assert (link.is_link, link.is_encrypted, link.mode) == (True, True, 0o120777)
    assert (odd.name, odd.mode, odd.system) == ("\udcff", 0, 3)


def test_writing_is_the_format_that_others_read(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"from a file")
    files: dict[str, Path | bytes] = {"b/größe": b"", "a": source, "c": b"\0" * 1000}
    with (tmp_path / "made.zip").open("wb") as file:
        write(file, files)
    with zipfile.ZipFile(tmp_path / "made.zip") as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["a", "b/größe", "c"]
        assert packed.read("a") == b"from a file"
        for info in packed.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr >> 16 == 0o100644
            assert (info.create_system, info.compress_type, info.extra) == (3, 0, b"")


def test_a_file_that_changes_while_it_is_written(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"before")

    class Meddler:
        def write(self, data: bytes) -> None:
            source.write_bytes(b"after!")

    with pytest.raises(SubmissionError, match="changed while it was packed"):
        write(Meddler(), {"a": source})
    source.unlink()
    with pytest.raises(SubmissionError, match="cannot be read"):
        write(io.BytesIO(), {"a": source})


def test_names_one_by_one() -> None:
    assert name_fault("a b/größe-1.txt") == ""
    assert name_fault("a:b") == "is absolute"  # a drive to Windows
    assert name_fault("ab:c") == ""
    require_safe_names(Path("x"), ["a/b", "a/c", "d"])


numbers = st.none() | st.sampled_from([0, 1, 5, 22, 0xFFFF, 0xFFFFFFFE, 0xFFFFFFFF])
names = st.sampled_from(["a", "A", "a/", "a/b", "./a", "../a", "/a", "C:a", "a\\b", "", b"\xff"])
parts = st.builds(
    Part,
    names,
    st.sampled_from([b"", b"x", b"x" * 1000]),
    st.sampled_from([0, 8, 12]),
    flags=st.none() | st.sampled_from([0, 1, 8, 0x800]),
    mode=st.sampled_from([0, 0o100644, 0o040755, 0o120777, 0o020666]),
    size=numbers,
    compressed=numbers,
    crc=numbers,
    offset=numbers,
    extra=st.sampled_from([b"", b"\1\0\x10\0", b"\1\0\x18\0" + bytes(24), b"\1"]),
    local=st.none() | st.dictionaries(st.sampled_from(["size", "crc"]), numbers.filter(bool)),
)
made_up = st.builds(
    zipped,
    st.lists(parts, max_size=4),
    before=st.sampled_from([b"", b"PK\3\4"]),
    comment=st.sampled_from([b"", b"PK\5\6", b"PK\5\6" + bytes(18)]),
    count=st.none() | st.sampled_from([0, 2, 0xFFFF]),
    zip64=st.booleans(),
)


@inputs(500)
@given(made_up)
def test_zips_with_odd_fields(data: bytes) -> None:
    _unpack_or_refuse(data)


@inputs(1500)
@given(st.sampled_from(list(ORDINARY.values())).flatmap(mutated))
def test_changed_zips(changed: tuple[bytes, int]) -> None:
    _unpack_or_refuse(changed[0])


def _unpack_or_refuse(data: bytes) -> None:
    """See that a zip is unpacked, or that there is one error of ours; soon, and in its place."""
    folder = Path(tempfile.mkdtemp())
    try:
        place = folder / "some.zip"
        place.write_bytes(data)
        (folder / "unpacked").mkdir()
        started = time.monotonic()
        try:
            extract(place, folder / "unpacked")
        except SubmissionError as error:
            assert str(place) in error.message
        assert time.monotonic() - started < 2
        assert {path.name for path in folder.iterdir()} == {"some.zip", "unpacked"}
    finally:
        shutil.rmtree(folder)
