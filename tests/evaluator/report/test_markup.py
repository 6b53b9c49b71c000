"""Nothing that a submission says becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.report.markup import Html, join, raw, tag, visible


class Parsed(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text())
def test_a_text_stays_a_text(text: str) -> None:
    parsed = Parsed(tag("p", text, title=text, data_sort=text))
    assert parsed.tags == ["p"]
    assert parsed.text == visible(text)
    assert parsed.attributes == [("title", visible(text)), ("data-sort", visible(text))]


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "</style>", '" onload="x', "' onload='x", "&lt;b&gt;", "<!--"],
)
def test_an_attack_stays_a_text(text: str) -> None:
    parsed = Parsed(tag("b", text, title=text))
    assert (parsed.tags, parsed.text, parsed.attributes) == (["b"], text, [("title", text)])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2066a\u2069", r"\u2066a\u2069"),
        ("a\x00b\x85", r"a\x00b\x85"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("Zürich 東京 ✓", "Zürich 東京 ✓"),
        ("a\udcff", r"a\udcff"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert tag("i", text) == f"<i>{shown}</i>"


def test_markup_is_not_escaped_twice_but_joined_to_text_it_is() -> None:
    bold = tag("b", "a & b")
    assert bold == "<b>a &amp; b</b>"
    assert tag("p", bold, None, 3) == "<p><b>a &amp; b</b>3</p>"
    assert join([bold, "<"]) == "<b>a &amp; b</b>&lt;"
    assert not isinstance(bold + "<", Html)


def test_attributes() -> None:
    made = tag("td", class_="number", data_sort=0.123456789, hidden=True, title=None, open=False)
    assert made == '<td class="number" data-sort="0.123457" hidden></td>'
    assert tag("br") == "<br>"


@pytest.mark.parametrize("text", ["a</style>", "<!-- a"])
def test_a_style_that_would_end_early_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="style"):
        raw("style", text)
    with pytest.raises(ValueError, match="script"):
        tag("script", "alert(1)")
