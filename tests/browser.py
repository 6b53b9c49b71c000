"""Pages in a real browser: what they log, what they ask for, and what stands out of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PHONE = {"width": 360, "height": 740}

_OUTSIDE = """(width) => [...document.querySelectorAll("main *")]
  .filter((each) => each.getBoundingClientRect().right > width + 0.5)
  .filter((each) => !each.closest(".scroll, pre") || each.matches(".scroll, pre"))
  .map((each) => each.outerHTML.slice(0, 200))"""
"""What stands out on the right, but for what scrolls in a box of its own."""


def outside_a_phone(browser: Any, path: Path, scripts: bool) -> list[str]:
    """Return what of a page a phone would have to scroll sideways for, all folds open."""
    with opened(browser, path, viewport=PHONE, java_script_enabled=scripts) as (page, _):
        page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
        width = page.evaluate("document.documentElement.scrollWidth")
        found: list[str] = page.evaluate(_OUTSIDE, PHONE["width"])
    return found + [f"the page: {width} pixels"] * (width != PHONE["width"])


@contextmanager
def opened(browser: Any, path: Path, **options: Any) -> Iterator[tuple[Any, list[str]]]:
    """Open a file; give the page and what it logged, asked for, or failed over."""
    context = browser.new_context(**options)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("requestfailed", lambda request: said.append(request.url))
    page.goto(path.as_uri())
    urls = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    said += [url for url in urls if not url.startswith("data:")]
    try:
        yield page, said
    finally:
        context.close()
