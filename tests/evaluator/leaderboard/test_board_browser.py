"""Boards in a real browser: nothing is logged, columns sort and sort back, phones do not scroll."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.leaderboard import leaderboards
from evaluator.leaderboard.page import as_html
from tests.browser import opened, outside_a_phone
from tests.runs import HOSTILE, write_run

NAMES = ("large", "hostile")
ROWS = 40


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write the page of a large board, or of one whose teams attack it."""
    folder = tmp_path_factory.mktemp("boards")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        for number in range(ROWS):
            values: list[float | None] = [0.6 - 0.01 * number + 0.002 * i for i in range(5)]
            values[2:] = [None] * 3 if number in (7, 30) else values[2:]
            name = "a rather long name of a submission" if number % 3 else f"net-{number}"
            started = f"2026-01-{1 + number % 9:02}T12:00:00+00:00"
            write_run(folder / "large" / f"{number}", values, name, f"{number}", started=started)
        for number, text in enumerate(HOSTILE):
            said = {"reason": text, "where": text, "traceback": text}
            write_run(folder / "hostile" / f"ok{number}", [0.5 + 0.01 * number] * 5, text, text)
            write_run(folder / "hostile" / f"bad{number}", [None] * 5, f"bad {text}", verdict=said)
        (folder / "hostile" / "<b>broken").mkdir()
        (folder / "hostile" / "<b>broken" / "run.json").write_text("{")

    def show(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(as_html(leaderboards(folder / name)), encoding="utf-8")
        return path

    return show


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_logged_and_all_fits(
    browser: Any, show: Callable[[str], Path], name: str, scheme: str
) -> None:
    """On a laptop not even the table scrolls, but for names that nobody could fit."""
    wide = {"width": 1280, "height": 800}
    with opened(browser, show(name), color_scheme=scheme, viewport=wide) as (page, said):
        assert said == []
        assert page.locator("script").count() == 1
        assert page.locator("main img, main script, [onerror]").count() == 0
        boxes = page.evaluate(
            "[...document.querySelectorAll('.scroll')].map((e) => e.scrollWidth - e.clientWidth)"
        )
        assert max(boxes) == 0 or name == "hostile"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_overflows_on_a_phone(
    browser: Any, show: Callable[[str], Path], name: str, scripts: bool
) -> None:
    assert outside_a_phone(browser, show(name), scripts) == []


def test_columns_sort_and_sort_back(browser: Any, show: Callable[[str], Path]) -> None:
    """By mouse and keyboard; what has no rank comes last whichever way, and nothing is lost."""
    with opened(browser, show("large")) as (page, said):
        table = page.locator("table.sortable").first

        def teams() -> list[str]:
            found: list[str] = table.locator("tbody tr td:nth-child(2)").all_text_contents()
            return found

        written = teams()
        assert written[-2:] == ["30", "7"]
        head = {name: table.locator("th button", has_text=name) for name in ("accuracy", "rank")}
        head["accuracy"].click()
        assert teams() == written
        head["accuracy"].press("Enter")
        assert teams() == [*written[-3::-1], *written[-2:]]
        assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
        table.locator("th button", has_text="date").press("Space")
        assert teams()[0] == "8"
        head["rank"].click()
        head["rank"].click()
        assert teams() == written
        table.locator("th button", has_text="team").click()
        assert teams() == [str(number) for number in range(ROWS)]
        assert said == []


def test_all_is_readable_without_scripts(browser: Any, show: Callable[[str], Path]) -> None:
    with opened(browser, show("large"), java_script_enabled=False) as (page, _):
        text = page.locator("body").inner_text()
    assert "Entries share a rank (=) where" in text
    assert "60.40 ± 0.32" in text
    assert "instances 3, 4, 5: error in train: ValueError: no idea" in text
    assert "↕" not in text


def test_what_a_team_calls_itself_does_nothing(browser: Any, show: Callable[[str], Path]) -> None:
    with opened(browser, show("hostile")) as (page, said):
        text = page.locator("main").inner_text()
        assert said == []
    assert "<script>alert(1)</script>" in text
    assert r"\u202etxt.exe" in text
    assert "<b>broken/run.json" in text
