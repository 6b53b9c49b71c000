"""Plain values: what JSON can hold, numbers that a float reaches, text that UTF-8 can write.

What comes from a process or a file that is not trusted is made plain once, where it is read. After
that it can be counted with, shown and written again without another look.
"""

from __future__ import annotations

import json
import math
from typing import Any

MAX_DEPTH = 32
"""Lists and mappings within one another; what is nested deeper breaks whoever walks it."""


def parse_object(text: str) -> dict[str, Any]:
    """Return the plain JSON object that stands in the text.

    Raises:
        ValueError: the text is anything else; says what.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("values nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")
    clean: dict[str, Any] = plain(value)
    return clean


def plain(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return the value with nothing in it but what is plain.

    Half of a surrogate pair, which JSON can escape and UTF-8 cannot write, becomes a question mark.

    Raises:
        ValueError: it holds what is not plain; says what.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and value.bit_length() < 1024:
        return value
    if isinstance(value, int | float):
        raise ValueError("a number that is not finite, or that no float reaches")
    if not depth:
        raise ValueError("values nested too deep")
    if isinstance(value, list):
        return [plain(item, depth - 1) for item in value]
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise ValueError("a name that is not text")
        return {
            _text(name): _text(item) if type(item) is str else plain(item, depth - 1)
            for name, item in value.items()
        }
    raise ValueError(f"a {type(value).__name__}")


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
