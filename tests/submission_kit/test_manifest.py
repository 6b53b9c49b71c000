"""The manifest: one text for one content, and nothing else is taken for it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from submission_kit.manifest import File, Manifest, Origin, Target, read_manifest, versions
from tests.strategies import altered, inputs, json_bytes

MANIFEST = Manifest(
    submission=Origin("größe", "team", "one line", "submission:train", {"epochs": 7}, "d" * 64),
    track=Target("digits-100", "0" * 64, 1440.0, 2),
    platform="both",
    form="native",
    check={"error": 0, "warning": 1, "note": 2},
    versions={"python": "3.11.7"},
    files={"b/größe.csv": File("1" * 64, 12), "a.py": File("2" * 64, 0, made=True)},
)


def test_there_and_back() -> None:
    for manifest in (MANIFEST, replace(MANIFEST, check=None)):
        again = read_manifest(manifest.to_json())
        assert again == manifest
        assert again.to_json() == manifest.to_json()
    assert MANIFEST.record["check"] == {"error": 0, "warning": 1, "note": 2}
    assert replace(MANIFEST, check=None).record["check"] == "not checked"


def test_the_content_digest_is_of_names_and_contents_alone() -> None:
    digest = MANIFEST.content_digest
    assert replace(MANIFEST, versions={}, check=None, form="script").content_digest == digest
    other = {"a.py": MANIFEST.files["a.py"]}
    assert replace(MANIFEST, files=other).content_digest != digest


def test_versions() -> None:
    found = versions()
    assert found["python"].startswith("3.")
    assert found["numpy"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "wheel"}, "not a bundle's manifest"),
        ({"schema": 2}, "of schema 2; this version reads 1"),
        (
            {"files": {"../../etc/passwd": {"sha256": "", "size": 1, "made": False}}},
            "without a key",
        ),
        ({"files": {"a": {"sha256": "", "size": True, "made": False}}}, "without a key"),
        ({"files": []}, "without a key"),
        ({"platform": "kaggle"}, "without a key"),
        ({"submission": {}}, "without a key"),
        ({"track": None}, "without a key"),
        ({"versions": {"python": "3.12"}}, "not as it was written"),
        ({"more": 1}, "not as it was written"),
        ({"manifest_digest": "0" * 64}, "not as it was written"),
    ],
)
def test_others(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_manifest(json.dumps(MANIFEST.record | change))


def test_the_same_in_another_text() -> None:
    with pytest.raises(ValueError, match="not as it was written"):
        read_manifest(json.dumps(MANIFEST.record))
    with pytest.raises(ValueError, match="not as it was written"):
        read_manifest(MANIFEST.to_json() + "\n")


@inputs(500)
@given(altered(MANIFEST.record))
def test_altered(record: dict[str, Any]) -> None:
    if record != MANIFEST.record:
        with pytest.raises(ValueError):
            read_manifest(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


@inputs(300)
@given(json_bytes)
def test_anything(data: bytes) -> None:
    with pytest.raises(ValueError):
        read_manifest(data.decode("utf-8", "surrogateescape"))
