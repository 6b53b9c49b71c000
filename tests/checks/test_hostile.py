"""What nobody writes by mistake: no traceback, and an end in bounded time."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.rules import rules_of
from evaluator.track import open_track
from submission_kit.checks import Rules, check
from submission_kit.checks.case import Case
from submission_kit.checks.layout import unreadable_file
from submission_kit.checks.tree import open_tree
from submission_kit.errors import SubmissionError
from submission_kit.findings import as_github, as_json, as_text
from submission_kit.junit import as_junit
from submission_kit.sarif import as_sarif
from tests.checks import fixtures
from tests.checks.built import CODE, folder
from tests.strategies import inputs

ROOT = Path(__file__).parents[2]
RULES = rules_of(open_track("digits-100"))
PATIENCE = 5.0
"""Seconds of CPU, which other work changes little, for each of these; most take milliseconds."""

ODD_SOURCES = {
    "null byte": b"x = 1\0\n",
    "no UTF-8": b"x = '\xff\xfe'\n",
    "a codec that is none": b"# coding: rot13\nk = 1\n",
    "a codec of bytes": b"# coding: zlib\nx\n",
    "escapes as a codec": b"# coding: unicode_escape\nx = '\\ud800'\n",
    "another codec": "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
    "UTF-16": "x = 1\n".encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbfx = 1\n",
    "carriage returns": b"x = 1\rinput()\r\n",
    "form feeds": b"\x0cx = 1\x0c\n",
    "brackets": b"(" * 100_000,
    "closed brackets": b"(" * 190 + b")" * 190,
    "minuses": b"x = " + b"-" * 200_000 + b"1",
    "a sum": b"x = " + b"+".join([b"1"] * 100_000),
    "attributes": b"x" + b".a" * 50_000,
    "calls": b"x" + b"()" * 20_000,
    "subscripts": b"x" + b"[0]" * 20_000,
    "lambdas": b"lambda: " * 5_000 + b"1",
    "comparisons": b"x = " + b"<".join([b"a"] * 50_000),
    "elifs": b"if a: pass\n" + b"elif a: pass\n" * 3_000,
    "conditions": b"x = " + b"a if b else " * 3_000 + b"c",
    "indents": b"".join(b" " * n + b"if a:\n" for n in range(200)),
    "dictionaries": b"{1:" * 150 + b"}" * 150,
    "open dictionaries": b"{**{" * 90,
    "f-strings": b"f'{f\"{1}\"}'\n" * 10_000,
    "a long line": b"x = '" + b"A" * 900_000 + b"'",
    "too long": b"#" * 1_100_000,
    "many names": b"\n".join(b"a%d = a%d" % (n, n + 1) for n in range(20_000)),
    "a large number": b"x = " + b"9" * 10_000,
    "many findings": b"import os\n" + b"os.fork()\n" * 20_000,
    "many imports": b"import a.b.c.d\nfrom . import *\nfrom ....... import x\n" * 3_000,
    "many comments": b"x = 1  # subkit: ignore[C480] no\n" * 10_000,
    "odd comments": b"# subkit: ignore[\n# subkit: ignore[]]]\n# subkit:ignore\n#subkit: ignore[,]",
    "a comment in a string": b"x = '''\n# subkit: ignore[C480]\n'''\n",
    "classes of each other": b"class A(B): pass\nclass B(A): pass\ntrain = A\n",
    "from itself": b"from submission import train\n",
    "a dotted import": b"import a" + b".a" * 100_000,
    "dots": b"from " + b"." * 100_000 + b" import " + b",".join(b"a%d" % n for n in range(50_000)),
    "a long name": b"import " + b"a" * 200_000 + b".b as z\n" + b"z()\n" * 50_000,
    "pip": b"import os\nos.system('" + b"pip " * 200_000 + b"')",
    "guards": b"if __name__ == '__main__': input()\n" * 20_000,
    "runs of letters": b"x = '" + (b"A" * 199 + b" ") * 4_500 + b"'",
    "nothing": b"",
}


@pytest.mark.parametrize("name", ODD_SOURCES)
def test_odd_sources(name: str, tmp_path: Path) -> None:
    data = ODD_SOURCES[name]
    made = folder(tmp_path / "made", **{"submission.py": data, "other.py": f"input()\n{CODE}"})
    (made / "submission.yaml").write_text("entry: submission:train # other\n")
    started = time.process_time()
    found = check(made, RULES)
    assert time.process_time() - started < PATIENCE
    others = [finding for finding in found if finding.path.endswith("other.py")]
    assert "C450" in {finding.code for finding in others}  # the rest is checked all the same
    assert len(found) < 150


LAUGHS = [b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 30)]

ODD_TEXTS = {
    "a billion laughs": b"a0: &a0 [x]\n" + b"".join(LAUGHS),
    "a circle": b"entry: &a [*a]\n",
    "brackets": b"[" * 50_000,
    "a date": b"entry: 2024-99-99\n",
    "a tag": b"command: !!python/object/apply:os.system [ls]\n",
    "no text": b"\xff\xfe",
    "a list": b"- a\n- b\n",
    "numbers": b"1: 2\n3: [4]\ncommand: 7\n",
    "commands": b"command: [[], {}, '', '$', '$program/', \"'\", '$program/\\0.py']\n",
    "includes": b"entry: a:b\ninclude: ['', '\\0', '/', '..', '~', 'a\\nb', '/dev/zero']\n",
    "control characters": b"entry: \"\\x1b[2J\\u202e:train\"\n",
    "long": b"# " + b"x" * 300_000,
}  # fmt: skip


@pytest.mark.parametrize("file", ["submission.yaml", "metadata"])
@pytest.mark.parametrize("name", ODD_TEXTS)
def test_odd_descriptions(name: str, file: str, tmp_path: Path) -> None:
    made = folder(tmp_path / "made", **{file: ODD_TEXTS[name]})
    started = time.process_time()
    found = check(made, RULES)
    assert time.process_time() - started < PATIENCE
    assert "\x1b" not in as_text(found)


def test_links_in_a_circle_and_to_nowhere(tmp_path: Path) -> None:
    made = folder(tmp_path / "made")
    (made / "circle").symlink_to(made)
    (made / "self.py").symlink_to("self.py")
    (made / "nowhere.py").symlink_to("/nowhere")
    os.mkfifo(made / "pipe.py")
    found = check(made, RULES)
    assert {(finding.code, finding.severity) for finding in found} == {("L109", "warning")}
    assert len(found) == 4


def test_thousands_of_files(tmp_path: Path) -> None:
    made = folder(tmp_path / "made")
    for number in range(3000):
        (made / f"m{number}.py").write_text("import os\nos.fork()\n")
    (made / "submission.py").write_text("exec('import')\n" + CODE)
    started = time.process_time()
    found = check(made, RULES)
    assert time.process_time() - started < 20
    assert found


def test_neither_a_folder_nor_a_file(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", Path(os.devnull)):
        with pytest.raises(SubmissionError):
            check(path, RULES)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    made = folder(tmp_path / "made", notes__txt="x")
    case = Case(open_tree(made), RULES)
    (made / "notes.txt").unlink()
    case.head("notes.txt")
    (found,) = unreadable_file(case)
    assert (found.name, found.message) == ("notes.txt", "cannot be read: No such file or directory")


def test_a_zip_of_rubbish(tmp_path: Path) -> None:
    for data in (b"", b"PK\x05\x06" + bytes(18), b"PK", os.urandom(1000), b"\x1f\x8b"):
        path = tmp_path / "x.zip"
        path.write_bytes(data)
        assert "L101" in {finding.code for finding in check(path, RULES)}


GOOD = [
    path.read_text()
    for path in sorted([*ROOT.glob("baselines/*/*.py"), *ROOT.glob("tests/submissions/*/*/*.py")])
] + [path.read_text() for path in sorted(fixtures.FOLDER.glob("C*.txt"))]
PIECES = [
    *"():*=.@{}[]'\\\0é\x0c\ufeff\n\r\t",
    *("import ", "lambda ", '"""', "async ", "await ", "yield ", "...", "f'{", "    "),
    *("class A(", "def f(", "match x:\n case _: pass\n", "# subkit: ignore[C480] x"),
]


def mutated(source: str, seed: int) -> str:
    """Cut, repeat, swap and insert, a few times."""
    chance = random.Random(seed)
    lines = source.split("\n")
    for _ in range(chance.randint(1, 8)):
        where, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                lines[where] = lines[where][chance.randint(0, 10) :]
            case 1:
                lines[where], lines[other] = lines[other], lines[where]
            case 2:
                place = chance.randint(0, len(lines[where]))
                piece = chance.choice(PIECES) * chance.choice([1, 1, 2, 50])
                lines[where] = lines[where][:place] + piece + lines[where][place:]
            case 3:
                lines[where] *= 2
            case 4:
                lines.insert(where, chance.choice(GOOD).split("\n")[0])
    return "\n".join(lines)


sources = st.one_of(
    st.builds(mutated, st.sampled_from(GOOD), st.integers(0, 1 << 32)).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    ),
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("fuzz") / "made")


@given(st.lists(sources, min_size=5, max_size=5))
@inputs(500)
def test_any_sources(place: Path, many: list[bytes]) -> None:
    """2500 sources: no traceback from the check, nor from any format."""
    for number, data in enumerate(many):
        (place / f"m{number}.py").write_bytes(data)
    (place / "submission.yaml").write_text("entry: m0:train\nparams: {a: 1}\n# m1 m2 m3 m4\n")
    started = time.process_time()
    found = check(place, RULES)
    assert time.process_time() - started < PATIENCE
    assert as_text(found).isascii() or as_text(found).replace("\n", "").isprintable()
    for form in (as_json, as_github, as_sarif):
        form(found).encode()
    as_junit(found, "x").encode()


def test_the_rules_have_no_need_of_a_track(tmp_path: Path, make: Callable[..., Path]) -> None:
    assert check(make(CODE), Rules()) == []
