"""The page in a real browser: nothing is refused or logged, tables sort, phones do not scroll."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.report.build import report
from tests.browser import opened, outside_a_phone


@pytest.fixture(scope="module")
def show(
    good_run: Path, failed_run: Path, hostile_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Write the report of one of the runs, or of all of them."""
    runs = {"good": [good_run], "failed": [failed_run], "hostile": [hostile_run]}
    runs["all"] = [good_run, failed_run, hostile_run]
    folder = tmp_path_factory.mktemp("pages")

    def show(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(report(runs[name])[0], encoding="utf-8")
        return path

    return show


NAMES = ("good", "failed", "hostile", "all")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_logged_and_nothing_else_asked_for(
    browser: Any, show: Callable[[str], Path], name: str, scheme: str
) -> None:
    with opened(browser, show(name), color_scheme=scheme) as (page, said):
        assert said == []
        assert page.title() != "owned"
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        light = sum(int(part) for part in colour[4:-1].split(",")) > 3 * 128
        assert light == (scheme == "light")  # so the policy let the style in


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_overflows_on_a_phone(
    browser: Any, show: Callable[[str], Path], name: str, scripts: bool
) -> None:
    assert outside_a_phone(browser, show(name), scripts) == []


SMALLEST = """() => Math.min(...[...document.querySelectorAll("svg text")].map((each) => {
  const svg = each.closest("svg");
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  return parseFloat(getComputedStyle(each).fontSize) * scale;
}))"""
"""The smallest height of letters in a drawing, in pixels of the page."""


@pytest.mark.parametrize("width", [360, 480, 700, 900, 1200])
def test_words_in_drawings_stay_large_enough(
    browser: Any, show: Callable[[str], Path], width: int
) -> None:
    size = {"width": width, "height": 900}
    with opened(browser, show("all"), viewport=size) as (page, _):
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        assert page.evaluate(SMALLEST) >= 9.5


@pytest.mark.parametrize("name", ["good", "failed"])
def test_nothing_is_wider_than_a_sheet_of_paper(
    browser: Any, show: Callable[[str], Path], name: str
) -> None:
    sheet = {"width": 703, "height": 1000}  # A4 within margins of 12 mm
    with opened(browser, show(name), viewport=sheet) as (page, _):
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") == sheet["width"]


def test_tables_sort(browser: Any, show: Callable[[str], Path]) -> None:
    with opened(browser, show("good")) as (page, said):
        table = page.locator("table.sortable", has_text="precision").first
        head = table.locator("th button", has_text="accuracy")

        def cells() -> list[float]:
            written = table.locator("tbody tr td:nth-child(2)").all_text_contents()
            return [float(each.removesuffix(" %")) for each in written]

        before = cells()
        head.click()
        assert cells() == sorted(before, reverse=True)
        assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
        head.press("Enter")  # by the keyboard too
        assert cells() == sorted(before)
        assert len(set(before)) > 2
        assert said == []


def test_all_is_readable_without_scripts(browser: Any, show: Callable[[str], Path]) -> None:
    with opened(browser, show("good"), java_script_enabled=False) as (page, _):
        text = page.locator("main").inner_text()
    for word in ("mean accuracy", "Confusion", "expected calibration error", "enforced by"):
        assert word in text
    assert "↕" not in text


def test_what_a_submission_says_runs_nowhere(browser: Any, show: Callable[[str], Path]) -> None:
    with opened(browser, show("hostile")) as (page, said):
        assert page.locator("script").count() == 1
        assert page.locator("style").count() == 1
        assert page.locator("[onmouseover], [onfocus], [onload]").count() == 0
        assert page.locator("body").is_visible()
        text = page.locator("main").inner_text()
        assert said == []
    assert r"\x1b[31mred" in text
    assert r"\u202egnp.exe" in text
    assert "<script>document.title='owned'</script>" in text


def test_even_markup_that_slipped_through_would_not_run(
    browser: Any, show: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "broken.html"
    attack = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    path.write_text(show("good").read_text().replace("<main>", f"<main>{attack}"))
    with opened(browser, path) as (page, _):
        page.wait_for_timeout(100)
        assert page.title() != "owned"


def test_the_check_for_what_overflows_sees_it(
    browser: Any, show: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "wide.html"
    path.write_text(show("good").read_text().replace("<main>", f"<main><p>{'&nbsp;wide' * 99}</p>"))
    path.write_text(path.read_text().replace("overflow-wrap: break-word", "color: inherit"))
    assert outside_a_phone(browser, path, scripts=False) != []
