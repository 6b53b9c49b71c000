"""Every fault of a file is named, with the line it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest

from submission_kit.errors import ConfigError, SubmissionError
from submission_kit.yamlfile import Count, Duration, Faults, Size, parse, read


@dataclass(frozen=True)
class Inner:
    wall: Duration = Duration(7200.0)
    memory: Size = Size(1)
    count: Count = Count(1)


@dataclass(frozen=True)
class Form:
    name: str
    mode: Literal["a", "b"] = "a"
    inner: Inner = field(default_factory=Inner)
    many: dict[str, Inner] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    free: dict[str, Any] = field(default_factory=dict)


BILLION = "a: &a [1]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in pairwise("abcdefghij")
)


def faults(text: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        parse(text, Form, Path("f.yaml"))
    return str(caught.value).splitlines()


def test_a_whole_file() -> None:
    text = "name: x\nmode: b\ninner: {wall: 1h 30m, memory: 2 GiB}\nwords: [a, b]\nfree: {a: [1]}\n"
    assert parse(text, Form, Path("f")) == Form(
        "x", "b", Inner(Duration(5400.0), Size(2 << 30)), words=("a", "b"), free={"a": [1]}
    )


def test_all_faults_at_once_in_the_order_of_lines() -> None:
    text = """\
name: 3
mode: c
inner:
  wall: soon
  count: 0
  memori: 1
many:
  one: 3
words: abc
"""
    assert faults(text) == [
        "f.yaml:1:1: name: expected text, got 3",
        "f.yaml:2:1: mode: expected a or b, got 'c'",
        "f.yaml:4:3: inner.wall: expected a duration such as 2h, 90m or 30 s, got 'soon'",
        "f.yaml:5:3: inner.count: expected a whole number of at least 1, got 0",
        "f.yaml:6:3: inner.memori: unknown; did you mean 'memory'?",
        "f.yaml:8:3: many.one: expected a mapping of keys to values, got 3",
        "f.yaml:9:1: words: expected a list, got 'abc'",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "f.yaml:1:1: name: is missing"),
        ("mode: c\n", "f.yaml:1:1: mode: expected a or b, got 'c'\nf.yaml:1:1: name: is missing"),
        ("name: x\nmany:\n  1: {}\n", "f.yaml:3:3: many.1: expected text as a key, got 1"),
        ("name: x\nmode: [a]\n", "f.yaml:2:1: mode: expected a or b, got ['a']"),
        (
            "name: x\ninner:\n",
            "f.yaml:2:1: inner: expected a mapping of keys to values, got nothing",
        ),
        ("- a\n", "f.yaml:1:1: expected a mapping of keys to values, got ['a']"),
        ("name: x\nname: y\n", "stands twice, here and in line 2"),
        ("name: x\nwords: [a, 2]\n", "f.yaml:2:12: words.1: expected text, got 2"),
        ("name: [\n", "f.yaml:2:1: "),
        ("name: x\n\tmode: a\n", "f.yaml:2:1: "),
        ("name: !!python/object:os.system x\n", "f.yaml:1:7: "),
        ("name: \x00\n", "f.yaml:1:1: "),
        ("name: true\n", "expected text, got True"),
        ("? [a, b]\n: x\nname: y\n", "f.yaml:1:3: "),
        ("name: x\nfree: {when: 2024-01-01}\n", "f.yaml:2:8: free.when: expected text, numbers"),
        ("name: x\nfree: {a: .inf}\n", "got a number that is not finite"),
        ("name: x\nfree: {a: {1: 2}}\n", "got a name that is not text"),
        ("name: x\nfree: {a: 2024-13-45}\n", "a value that YAML cannot read (month must be"),
        ("name: !!bool x\n", "a value that YAML cannot read"),
        ('name: "\\ud800"\n', "f.yaml:1:7: half of a surrogate pair"),
        ('name: x\nfree: {"\\ud800": 1}\n', "f.yaml:2:8: half of a surrogate pair"),
        ("name: x\nfree: &a {b: *a}\n", "f.yaml:2:7: nested too deep, or in itself"),
        ("name: " + "[" * 1000, "nested too deep"),
        ("name: " + "[" * 30 + "]" * 30, "nested too deep"),
        (BILLION, "more than 10000 keys and items"),
    ],
)
def test_faults(text: str, says: str) -> None:
    assert says in "\n".join(faults(text))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read(tmp_path / "none.yaml", Form)
    (tmp_path / "latin.yaml").write_bytes(b"name: \xe9\n")
    with pytest.raises(SubmissionError, match="is not UTF-8"):
        read(tmp_path / "latin.yaml", Form, SubmissionError)
