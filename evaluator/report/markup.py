"""Markup that nothing can be injected into: text is escaped unless it is `Html` already.

`tag` is the only way to make `Html`, so what a submission says of itself stays text, in an element
as in an attribute. Characters that cannot be seen, or that turn the direction of writing, are
written out, as in `\\x1b` or `\\u202e`.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from submission_kit.findings import printable

VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})
"""Elements of HTML that hold nothing and have no end tag."""

RAW = frozenset({"script", "style"})
"""Elements whose text is not escaped; `raw` makes them, of our own files alone."""


class Html(str):
    """Text that is markup; to join it with other text gives plain text, which is escaped again."""

    __slots__ = ()


Content = Html | str | int | None
"""What an element may hold; nothing where it is None."""


def tag(name: str, /, *content: Content, **attributes: str | float | bool | None) -> Html:
    """Return an element.

    attributes: `class_` is class, `data_sort` is data-sort; True stands without a value, False and
        None are left out.
    """
    if name in RAW:
        raise ValueError(f"{name} holds no text that can be escaped")
    start = f"<{name}{_attributes(attributes)}>"
    return Html(start if name in VOID else f"{start}{join(content)}</{name}>")


def raw(name: str, text: str) -> Html:
    """Return a script or a style of our own, as it is.

    Raises:
        ValueError: it would end before its end.
    """
    if name not in RAW or "</" in text or "<!--" in text:
        raise ValueError(f"not to be written as a {name}")
    return Html(f"<{name}>{text}</{name}>")


def join(content: Iterable[Content]) -> Html:
    """Return contents one behind the other."""
    return Html("".join(map(_as_html, content)))


def visible(text: str, keep: str = "\n\t") -> str:
    """Write out what cannot be seen in a text or would change how the rest of it is shown."""
    return text if text.isprintable() else printable(text, keep)


def _as_html(content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, Html):
        return content
    return escape(visible(str(content)))


def _attributes(attributes: dict[str, Any]) -> str:
    written = []
    for name, value in attributes.items():
        name = name.rstrip("_").replace("_", "-")
        if value is True:
            written.append(f" {name}")
        elif value is not None and value is not False:
            text = f"{value:.6g}" if isinstance(value, float) else str(value)
            written.append(f' {name}="{escape(visible(text))}"')
    return "".join(written)
