"""A packed zip always verifies, and a changed one never does."""

from __future__ import annotations

import functools
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submission_kit.archive import write
from submission_kit.bundle import pack
from submission_kit.manifest import Target
from submission_kit.submission import open_submission
from submission_kit.verify import verify
from tests.strategies import MORE, inputs, mutated
from tests.zips import NATIVE, Part, zipped

TRACK = Target("digits-100", "0" * 64, 1440.0, 2)


def packed(files: dict[str, bytes], folder: Path, **options: object) -> Path:
    for name, content in files.items():
        (folder / "made" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "made" / name).write_bytes(content)
    out = folder / "out.zip"
    pack(open_submission(folder / "made"), out, TRACK, **options)  # type: ignore[arg-type]
    return out


@functools.cache
def bundle() -> bytes:
    """Return a small bundle; a smaller one is changed in more of its places."""
    with tempfile.TemporaryDirectory() as folder:
        return packed(NATIVE | {"data/größe.csv": b"1,2\n"}, Path(folder)).read_bytes()


def held() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.zip").write_bytes(bundle())
        with zipfile.ZipFile(Path(folder, "a.zip")) as opened:
            return {name: opened.read(name) for name in opened.namelist()}


names = st.from_regex(r"[a-z][a-z0-9_]{0,8}\.(csv|npy|txt|bin)", fullmatch=True)
texts = st.text(st.characters(max_codepoint=0xD7FF), max_size=60)
folders = st.sampled_from(["", "data/", "größe/", "a b/c/"])


@inputs(40)
@given(
    st.dictionaries(st.tuples(folders, names).map("".join), st.binary(max_size=300), max_size=5),
    texts,
    st.dictionaries(names, texts | st.integers() | st.booleans(), max_size=3),
    st.sampled_from(["native", "script"]),
)
def test_what_is_packed_verifies(
    files: dict[str, bytes], description: str, params: dict[str, object], form: str
) -> None:
    described = {"entry": "submission:train", "description": description, "params": params}
    files = NATIVE | files | {"submission.yaml": json.dumps(described).encode()}
    with tempfile.TemporaryDirectory() as folder:
        out = packed(files, Path(folder), form=form)
        found = verify(out)
        assert found.faults == ()
        assert found.manifest is not None
        source = open_submission(Path(folder, "made"))
        assert found.manifest.submission.digest == source.digest == open_submission(out).digest


def test_no_bit_can_be_flipped(tmp_path: Path) -> None:
    """One in every fifth byte of the bundle; in every one where `SUBKIT_FUZZ` is set."""
    place, data = tmp_path / "a.zip", bytearray(bundle())
    for at in range(0, len(data), 1 if MORE else 5):
        data[at] ^= 1 << (at % 8)
        place.write_bytes(data)
        assert verify(place).faults, f"byte {at}"
        data[at] ^= 1 << (at % 8)
    place.write_bytes(data)
    assert verify(place).faults == ()


@inputs(300)
@given(st.data())
def test_no_change_goes_unseen(data: st.DataObject) -> None:
    changed, _ = data.draw(mutated(bundle()))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "a.zip")
        place.write_bytes(changed)
        assert bool(verify(place).faults) == (changed != bundle())


Change = Callable[[dict[str, bytes]], object]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda files: files.update({"submission.py": b"import os"}), "submission.py has another"),
        (lambda files: files.update({"metadata": b"command: x"}), "metadata has another content"),
        (lambda files: files.pop("submission.py"), "submission.py is missing"),
        (lambda files: files.pop("data/größe.csv"), "data/größe.csv is missing"),
        (lambda files: files.update({"more.py": b""}), "more.py is not in the manifest"),
        (lambda files: files.update({"data/b": b""}), "data/b is not in the manifest"),
        (lambda files: files.pop("manifest.json"), "has no manifest.json of `subkit pack`"),
        (lambda files: files.update({"manifest.json": b"{}"}), "has no manifest.json"),
        (
            lambda files: files.update(
                {"manifest.json": files["manifest.json"].replace(b'"team": ""', b'"team": "x"')}
            ),
            "manifest.json is not as it was written",
        ),
    ],
)
def test_repacked_with_a_change(change: Change, says: str, tmp_path: Path) -> None:
    files = held()
    change(files)
    with (tmp_path / "a.zip").open("wb") as file:
        write(file, files)
    assert says in " ".join(verify(tmp_path / "a.zip").faults)


def test_all_that_is_wrong_is_told(tmp_path: Path) -> None:
    files = held() | {"submission.py": b"", "more.py": b""}
    del files["metadata"]
    with (tmp_path / "a.zip").open("wb") as file:
        write(file, files)
    assert verify(tmp_path / "a.zip").faults == (
        "metadata is missing",
        "more.py is not in the manifest",
        "submission.py has another content than the manifest says",
    )


def test_the_same_files_in_another_zip(tmp_path: Path) -> None:
    """As other tools pack them: compressed, in another order, with a comment, with other rights."""
    place = tmp_path / "a.zip"
    files = held()
    says = ("its files are as they were, but the zip around them is not",)
    for parts, more in (
        ([Part(name, content, 8) for name, content in files.items()], {}),
        ([Part(name, content) for name, content in reversed(files.items())], {}),
        ([Part(name, content) for name, content in files.items()], {"comment": b"hello"}),
        ([Part(name, content) for name, content in files.items()], {"before": b"#!/bin/sh\n"}),
        ([Part(name, content, mode=0o100755) for name, content in files.items()], {}),
        ([Part(f"./{name}", content) for name, content in files.items()], {}),
    ):
        place.write_bytes(zipped(parts, **more))
        assert verify(place).faults == says
        # It is still what it was to a trial.
        assert open_submission(place).files.keys() == NATIVE.keys() | {"data/größe.csv"}
    place.write_bytes(
        zipped([Part("data/", mode=0o40755), *(Part(n, c) for n, c in files.items())])
    )
    assert verify(place).faults == ("data is not in the manifest",)


def test_unsafe_or_no_bundle_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped([Part("../a")]))
    assert "leads out of its folder" in verify(tmp_path / "a.zip").faults[0]
    (tmp_path / "a.zip").write_bytes(b"text")
    assert "is no zip" in verify(tmp_path / "a.zip").faults[0]
    assert "does not exist" in verify(tmp_path / "none.zip").faults[0]
