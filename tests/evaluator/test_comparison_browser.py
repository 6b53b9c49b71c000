"""Comparisons in a real browser, of two runs and of several."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluator.comparison import compare
from evaluator.comparison.page import as_html
from tests.browser import opened, outside_a_phone
from tests.runs import HOSTILE, write_run

NAMES = ("pair", "hostile")
LABELS = np.arange(200) % 10


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write the page of two runs, or of several whose names attack it."""
    folder = tmp_path_factory.mktemp("pages")
    drawn = np.random.default_rng(2)
    named = {"pair": ["one", "two"], "hostile": ["東京", "大阪", *HOSTILE[2:4], "x" * 300]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        runs = {
            key: [run(folder / key / f"{i}", name, drawn) for i, name in enumerate(names)]
            for key, names in named.items()
        }

    def show(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(as_html(compare(runs[name])), encoding="utf-8")
        return path

    return show


def run(folder: Path, name: str, drawn: np.random.Generator) -> Path:
    """Write a run that is wrong on some images."""
    said = [np.where(drawn.random(200) < 0.3, drawn.integers(0, 10, 200), LABELS) for _ in range(5)]
    accuracies = [float((each == LABELS).mean()) for each in said]
    return write_run(folder, accuracies, name, predictions=said, labels=[LABELS] * 5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_logged(
    browser: Any, show: Callable[[str], Path], name: str, scheme: str
) -> None:
    with opened(browser, show(name), color_scheme=scheme) as (page, said):
        assert said == []
        assert page.locator("script").count() == 1
        assert page.locator("main img, main script, [onerror]").count() == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_overflows_on_a_phone(
    browser: Any, show: Callable[[str], Path], name: str, scripts: bool
) -> None:
    assert outside_a_phone(browser, show(name), scripts) == []


def test_links_lead_to_their_own_section(browser: Any, show: Callable[[str], Path]) -> None:
    """Also where names have nothing but signs that no address may hold."""
    with opened(browser, show("hostile")) as (page, _):
        ids = page.evaluate("[...document.querySelectorAll('section')].map((each) => each.id)")
        assert len(set(ids)) == len(ids) == 1 + 10
        assert all(ids)


def test_classes_sort_and_sort_back(browser: Any, show: Callable[[str], Path]) -> None:
    with opened(browser, show("pair")) as (page, said):
        table = page.locator("table.sortable", has_text="neither").first

        def classes() -> list[str]:
            found: list[str] = table.locator("tbody th").all_text_contents()
            return found

        written = classes()
        table.locator("th button", has_text="neither").press("Enter")
        assert classes() != written
        table.locator("th button", has_text="class").press("Enter")
        assert classes() == written
        assert said == []


def test_all_is_readable_without_scripts(browser: Any, show: Callable[[str], Path]) -> None:
    with opened(browser, show("pair"), java_script_enabled=False) as (page, _):
        page.locator("summary").first.click()
        text = page.locator("main").inner_text()
    for words in ("95 % interval", "smallest p of a sign-flip", "By class", "one alone, instance"):
        assert words in text
    assert "↕" not in text
