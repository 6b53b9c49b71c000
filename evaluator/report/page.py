"""The page that reports, leaderboards and comparisons share: one file that needs no other.

Its style and its script are the two files beside this one. A content security policy lets the
browser use these two alone, by their digests, and images that stand in the page: even markup that
slipped through would run nothing and load nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from submission_kit import __version__

from .markup import Content, Html, join, raw, tag

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Section:
    """A part of a page, which its contents name."""

    title: str
    content: tuple[Content, ...]
    note: Content = None


def page(title: str, *body: Content | Section, lead: Content = None) -> str:
    """Return an HTML document.

    title: its heading.
    body: its sections; where there are several, links to them stand first.
    lead: a line below the heading.
    """
    sections = [part for part in body if isinstance(part, Section)]
    anchors = iter(_anchors(sections))
    style, script = source("css"), source("js")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="generator", content=f"subkit {__version__}"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        raw("style", style),
    )
    header = tag(
        "header",
        tag("h1", title),
        tag("p", lead, class_="lead") if lead is not None else None,
        _contents(sections) if len(sections) > 1 else None,
    )
    written = [
        _section(part, next(anchors)) if isinstance(part, Section) else part for part in body
    ]
    footer = tag("footer", f"Made by subkit {__version__} from the records alone.")
    whole = tag("body", header, tag("main", *written), footer, raw("script", script))
    return f"<!doctype html>\n{tag('html', head, whole, lang='en')}\n"


def badge(text: str, kind: str = "") -> Html:
    """Return a word in a coloured field. kind: `ok`, `warn`, `bad`, or nothing."""
    return tag("span", text, class_=f"badge {kind}".strip())


def card(*content: Content, title: str = "", kind: str = "") -> Html:
    """Return a framed part of a section."""
    heading = tag("h3", title) if title else None
    return tag("div", heading, *content, class_=f"card {kind}".strip())


def grid(cards: Sequence[Html]) -> Html:
    """Return cards side by side, as many as the page is wide enough for."""
    return tag("div", *cards, class_="grid" if len(cards) > 1 else "grid wide")


def figures(numbers: Sequence[tuple[str, Content]], headline: bool = False) -> Html:
    """Return a few numbers in large print: what each is, and itself.

    headline: whether the first is what the page is about.
    """
    written = [
        tag(
            "div", tag("dt", name), tag("dd", value), class_="main" if headline and i == 0 else None
        )
        for i, (name, value) in enumerate(numbers)
    ]
    return tag("dl", *written, class_="figures")


@cache
def source(suffix: str) -> str:
    """Return the style (`css`) or the script (`js`) of every page."""
    return (FOLDER / f"page.{suffix}").read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    rules = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _contents(sections: Sequence[Section]) -> Html:
    links = [
        tag("li", tag("a", part.title, href=f"#{anchor}"))
        for part, anchor in zip(sections, _anchors(sections), strict=True)
    ]
    return tag("nav", tag("ul", *links), aria_label="Contents")


def _anchors(sections: Sequence[Section]) -> list[str]:
    """Return what links to each; titles may differ in signs alone that no address has."""
    words = [re.sub(r"[^a-z0-9]+", "-", part.title.lower()).strip("-") for part in sections]
    return [
        word if word and words.count(word) == 1 else f"{word or 'section'}-{number}"
        for number, word in enumerate(words, start=1)
    ]


def _section(part: Section, anchor: str) -> Html:
    note = tag("p", part.note, class_="note") if part.note is not None else None
    return tag("section", tag("h2", part.title), note, join(part.content), id=anchor)
