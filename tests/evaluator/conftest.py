"""A real browser for the pages, where one is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; the tests are skipped, with the reason, where there is none.

    It ends with the module: other tests measure and end whatever this process has started.
    """
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser is installed: looked for {', '.join(BROWSERS)}")
    # Chromium's own sandbox refuses to run as root; the pages are ours and load nothing.
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with driver.sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=arguments)
        yield started
        started.close()
