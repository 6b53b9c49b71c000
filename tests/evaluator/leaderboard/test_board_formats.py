"""Every format says the same, and nothing that a submission calls itself does anything in any."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import os
import re
from pathlib import Path

import pytest
from rich.console import Console

from evaluator.escape import FORMULA, csv_cell, markdown_cell, one_line
from evaluator.leaderboard import Leaderboards, leaderboards
from evaluator.leaderboard.formats import as_csv, as_json, as_markdown
from evaluator.leaderboard.page import as_html
from evaluator.leaderboard.text import print_boards
from tests.runs import HOSTILE, measured_on, write_run


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Leaderboards:
    """A board of teams that want to break it, and a file that nobody can read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        runs = tmp_path_factory.mktemp("runs")
        for number, text in enumerate(HOSTILE):
            accuracies = [0.5 + 0.01 * number] * 5
            folder = write_run(runs / f"ok{number}", accuracies, name=text, team=text)
            measured_on(folder, {"cpu": text, "cores": 2})
            said = {"reason": text, "where": text, "traceback": text}
            write_run(runs / f"bad{number}", [None] * 5, name=f"bad {text}", verdict=said)
        odd = runs / "<b>\x1b[31m\udcff=1"
        odd.mkdir()
        (odd / "run.json").write_text("{")
    return leaderboards(runs)


def text_of(found: Leaderboards, width: int = 160) -> str:
    file = io.StringIO()
    print_boards(Console(file=file, width=width, highlight=False, force_terminal=False), found)
    return file.getvalue()


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_terminal(hostile: Leaderboards, width: int) -> None:
    """Nothing but visible characters and ends of lines, not even where names are cut."""
    text = text_of(hostile, width)
    assert text.replace("\n", "").isprintable()
    assert "\\x1b[2J" in text
    assert text.count("\n") < 200


def test_columns_go_until_the_table_fits(tmp_path: Path) -> None:
    """The least important first; rank, names and accuracy stay, however narrow it is."""
    for number in range(3):
        write_run(tmp_path / f"{number}", [0.5, 0.6, 0.5, 0.6, None][: 3 + number], team="t" * 30)
    found = leaderboards(tmp_path, every_entry=True)
    heads = {width: text_of(found, width).splitlines()[1].split() for width in (200, 100, 80, 40)}
    assert heads[200][-2:] == ["date,", "UTC"]
    assert "date," not in heads[100]
    assert "memory" not in heads[80]
    assert heads[40] == ["team", "submission", "accuracy", "%"]
    for width in (200, 100, 80):
        table = text_of(found, width).splitlines()[1:6]
        assert max(map(len, table)) <= width


def test_csv(hostile: Leaderboards) -> None:
    (board,) = hostile.boards
    lines = list(csv.DictReader(io.StringIO(as_csv(hostile))))
    assert len(lines) == len(board.rows) == 2 * len(HOSTILE)
    for line, row in zip(lines, board.rows, strict=True):
        assert line["accuracy"] == (repr(row.summary.mean) if row.standing and row.summary else "")
        for cell in line.values():
            assert cell.isprintable()
            assert not cell.lstrip().startswith(FORMULA)
    assert "'=cmd|' /C calc'!A0" in {line["team"] for line in lines}


def test_json(hostile: Leaderboards) -> None:
    whole = json.loads(as_json(hostile).encode(), parse_constant=pytest.fail)
    assert (whole["schema"], whole["kind"]) == (1, "leaderboard")
    rows = whole["boards"][0]["rows"]
    texts = {text.encode(errors="replace").decode().strip() for text in HOSTILE}
    assert {row["team"] for row in rows} - {""} == texts
    assert {"rank", "tied", "score", "summary", "behind", "p", "verdicts"} <= set(rows[0])
    assert whole["left_out"][0]["reason"].startswith("is no record of a run: no JSON")


def test_markdown(hostile: Leaderboards) -> None:
    """A cell is a cell, and outside of code nothing that a submission said."""
    text = as_markdown(hostile)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 2 * len(HOSTILE)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {11}
    outside = re.sub(r"`[^`\n]*`", "", text)
    for word in ("script", "cmd", "SUM", "example", "someone", "owned", "onerror"):
        assert word in text
        assert word not in outside


class Reader(html.parser.HTMLParser):
    """Notes every element, and attributes that run something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.odd += [name for name, _ in attrs if name.startswith("on") or name == "style"]


def test_html(hostile: Leaderboards) -> None:
    page = as_html(hostile)
    reader = Reader()
    reader.feed(page)
    assert reader.tags.count("script") == 1
    assert reader.tags.count("tr") == (1 + 2 * len(HOSTILE)) + (1 + len(HOSTILE)) + 2
    assert not {"img", "a[href^=http]", "b"} & set(reader.tags)
    assert not reader.odd
    text = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "\\u202etxt.exe" in text


def test_all_formats_give_the_same_order(tmp_path: Path) -> None:
    for number in range(5):
        values = [0.2 * number + 0.01 * instance**2 for instance in range(5)]
        write_run(tmp_path / f"r{number}", values, team=f"team-{number}")
    found = leaderboards(tmp_path)
    expected = [f"team-{number}" for number in (4, 3, 2, 1, 0)]
    for form in (text_of, as_csv, as_json, as_markdown, as_html):
        assert re.findall(r"team-\d", form(found))[:5] == expected


def test_a_part_of_the_instances_is_no_accuracy(tmp_path: Path) -> None:
    """Two easy ones of five would lead every table that is sorted by it."""
    write_run(tmp_path / "whole", [0.5, 0.6, 0.7, 0.5, 0.6], team="whole")
    write_run(tmp_path / "part", [0.99, 0.97], team="part")
    found = leaderboards(tmp_path)
    whole, part = csv.DictReader(io.StringIO(as_csv(found)))
    assert (whole["accuracy"], whole["team"]) == (repr(0.58), "whole")
    assert [part[key] for key in ("rank", "accuracy", "sd", "low", "high")] == [""] * 5
    assert "(98.00 ± 1.41)" in text_of(found)
    assert "(98.00 ± 1.41)" in as_markdown(found)
    assert re.search(r'<td class="number" data-sort="">\(98\.00 ± 1\.41\)</td>', as_html(found))
    assert json.loads(as_json(found))["boards"][0]["rows"][1]["summary"]["mean"] == 0.98


@pytest.mark.parametrize("text", HOSTILE)
def test_escapes(text: str) -> None:
    assert one_line(text).isprintable()
    assert csv_cell(text).isprintable()
    cell = markdown_cell(text)
    assert cell[0] == cell[-1] == "`"
    assert not set("`|\n\r") & set(cell[1:-1])


def test_what_is_harmless_stays() -> None:
    for text in ("knn", "Müller & Söhne", "東京 Team", "3-4 layers", ""):
        assert csv_cell(text) == one_line(text) == text
    assert markdown_cell("") == ""
    assert csv_cell("  =1") == "'  =1"
    assert csv_cell("a; b;=1+1; -2") == "a; b;'=1+1;' -2"
    assert one_line("x" * 300) == "x" * 199 + "…"
