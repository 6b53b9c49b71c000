"""Ignore files follow git's rules: compared with git itself."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submission_kit.errors import SubmissionError
from submission_kit.ignore import MAX_LENGTH, last_match, parse
from tests.strategies import inputs


def leaves_out(text: str, path: str) -> bool:
    """Whether a file is left out, itself or with a folder above it."""
    patterns, parts = parse(text), path.split("/")
    for depth in range(1, len(parts) + 1):
        found = last_match(patterns, "/".join(parts[:depth]), is_folder=depth < len(parts))
        if found is not None and not found.keeps:
            return True
    return False


@pytest.mark.parametrize(
    ("text", "out", "kept"),
    [
        ("notes.txt", ["notes.txt", "a/notes.txt"], ["notes.txt.py"]),
        ("/notes.txt", ["notes.txt"], ["a/notes.txt"]),
        ("data/", ["data/x", "a/data/x"], ["data"]),
        ("a/b", ["a/b", "a/b/c"], ["c/a/b"]),
        ("*.ckpt\n!keep.ckpt", ["a.ckpt", "b/c.ckpt"], ["keep.ckpt", "b/keep.ckpt"]),
        ("a/**/b", ["a/b", "a/x/y/b"], ["b", "c/a/b"]),
        ("a/**", ["a/b", "a/b/c"], ["a"]),
        ("**/b/*.py", ["b/x.py", "a/b/x.py"], ["b/c/x.py"]),
        ("?[0-9].p[!y]", ["a1.pt"], ["a1.py", "ab.pt"]),
        ("# a\n\n  \n\\#b\n\\!c", ["#b", "!c"], ["# a", "b", "c"]),
        ("a  \nb\\ ", ["a", "b "], ["b"]),
        ("a\n!a\na", ["a"], []),
        ("a/\n!a/b", ["a/b"], []),  # what lies in a folder that is left out cannot be asked back
    ],
)
def test_patterns(text: str, out: list[str], kept: list[str]) -> None:
    assert [path for path in [*out, *kept] if leaves_out(text, path)] == out


names = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name.strip("."))
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
parts = st.one_of(names, st.sampled_from(["*", "**", "a*", "*b", "?", "[ab]", "[!a]*"]))


@st.composite
def lines(draw: st.DrawFn) -> str:
    line = "/".join(draw(st.lists(parts, min_size=1, max_size=4)))
    return (
        draw(st.sampled_from(["", "", "!"]))
        + draw(st.sampled_from(["", "/"]))
        + line
        + draw(st.sampled_from(["", "", "/"]))
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        pytest.skip("it needs git")
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@inputs(60)
@given(st.lists(lines(), min_size=1, max_size=4), st.sets(paths, min_size=20, max_size=40))
def test_the_same_as_git(repository: Path, patterns: list[str], tried: set[str]) -> None:
    text = "\n".join(patterns)
    (repository / ".gitignore").write_text(text)
    asked = subprocess.run(
        ["git", "-c", "core.excludesFile=", "check-ignore", "--no-index", "--stdin"],
        cwd=repository,
        input="\n".join(tried),
        capture_output=True,
        text=True,
    )
    assert asked.returncode in (0, 1), asked.stderr
    assert {path for path in tried if leaves_out(text, path)} == set(asked.stdout.split())


def test_no_pattern_takes_long() -> None:
    started = time.monotonic()
    for pattern in ("a*" * 200 + "b", "**/" * 300 + "b", "*" * 2000 + "b", "[a" * 500):
        leaves_out(pattern, "/".join(["a" * 200] * 30))
    assert time.monotonic() - started < 3
    with pytest.raises(SubmissionError, match="longer than"):
        parse("a\n" * MAX_LENGTH)
