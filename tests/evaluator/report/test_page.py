"""The page stands alone: one file, its own style and script, and nothing else is let in."""

from __future__ import annotations

import base64
import hashlib
import re

from evaluator.report.page import Section, badge, page, source
from evaluator.report.tables import Cell, Column, table


def test_the_policy_lets_in_the_pages_own_style_and_script_alone() -> None:
    text = page("A title")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    rules = policy[1].replace("&#x27;", "'")
    assert "default-src 'none'" in rules
    assert "unsafe" not in rules
    for suffix, rule in (("css", "style-src"), ("js", "script-src")):
        digest = base64.b64encode(hashlib.sha256(source(suffix).encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in rules
        assert source(suffix) in text


def test_the_page_asks_for_no_other_file() -> None:
    text = page("A title", Section("One", (badge("ok", "ok"),)), Section("Two", ()))
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert "url(" not in text and "@import" not in text
    assert ' style="' not in text  # which the policy would block


def test_sections_have_links_and_a_title_is_text() -> None:
    text = page("<b>", Section("Time and memory", ("x",)), Section("Two", ("y",)), lead="a < b")
    assert "<title>&lt;b&gt;</title>" in text
    assert '<a href="#time-and-memory">' in text
    assert '<section id="time-and-memory">' in text
    assert "a &lt; b" in text


def test_a_table_says_how_it_is_sorted() -> None:
    rows = [["a", Cell("12.0 s", 12.0)], ["b", Cell("", None)]]
    text = table(["name", Column("time", number=True, title="seconds")], rows, "All & everything")
    assert '<table class="sortable">' in text
    assert '<th scope="col" class="number" title="seconds">time</th>' in text
    assert 'data-sort="12.0"' in text
    assert '<th scope="row">a</th>' in text
    assert "All &amp; everything" in text
    assert "sortable" not in table(["name"], [["a"]], "One row")
