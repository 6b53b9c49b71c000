"""Inputs that nobody sends by mistake, for tests that try thousands of them.

The inputs are the same in every run. `SUBKIT_FUZZ=20` tries twenty times as many, and others each
time, to look for what the usual ones do not find.
"""

from __future__ import annotations

import copy
import json
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MORE = int(os.environ.get("SUBKIT_FUZZ", "0"))


def inputs(number: int) -> settings:
    """How a property is tried, with so many inputs."""
    return settings(
        max_examples=number * max(1, MORE),
        derandomize=not MORE,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


texts = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    ["\ud800", "\udcff and more", "\0", "\x1b[2J", "two\nlines", "\u202e", "😀", "x" * 500]
)
"""Any text, control characters and halves of surrogate pairs too."""

numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(1 << 63), 1e308, 5e-324, -0.0])

plain_texts = st.text(max_size=60)
plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | plain_texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_texts, inner, max_size=4),
    max_leaves=8,
)  # fmt: skip

values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
"""Whatever Python's JSON can say, NaN and infinities too."""

ODD_JSON = [
    b"",
    b"{}",
    b"null",
    b"[" * 60_000,
    b'{"message":' * 5000,
    b'{"message":' + b"[" * 400 + b"]" * 400 + b"}",
    b'{"a":' * 100 + b"1" + b"}" * 100,
    b'{"step": ' + b"9" * 5000 + b"}",
    b'{"step": ' + b"9" * 4000 + b', "total": -1e999, "values": {"a": ' + b"9" * 400 + b"}}",
    b'{"step": NaN, "values": {"a": Infinity, "b": -Infinity, "c": 1e999, "d": -0.0}}',
    b'{"step": 1, "step": 2, "values": {"a": 1, "a": []}}',
    b'{"message": "\\ud800", "where": "\\udfff\\ud800", "traceback": "\\ud83d\\ude00"}',
    b'{"message": "\xed\xa0\x80", "\\udc00": "\xff"}',
    b'{"message": "\\u0000\\u001b[2J\\u202e\\r\\u2028", "where": "\\u0007"}',
    b'\xef\xbb\xbf{"step": 1}',
    '{"step": 1}'.encode("utf-16"),
    b'{"values": {' + b",".join(b'"%d": %d' % (i, i) for i in range(4000)) + b"}}",
    b'{"message": "' + b"x" * 60_000 + b'"}',
]


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


json_bytes = st.one_of(
    values.map(_dumped),
    st.dictionaries(texts, values, max_size=4).map(_dumped),
    st.sampled_from(ODD_JSON),
    st.binary(max_size=60),
)
"""Bytes where a JSON object is expected."""


@st.composite
def mutated(draw: st.DrawFn, data: bytes, most: int = 3) -> tuple[bytes, int]:
    """Bytes with one to three changes, and how many at the start are as they were."""
    same = len(data)
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 20) | st.just(len(data))))
        kind = draw(st.sampled_from(["flip", "cut", "twice", "insert", "huge", "end"]))
        if kind == "flip" and start < len(data):
            flipped = data[start] ^ (1 << draw(st.integers(0, 7)))
            data = data[:start] + bytes([flipped]) + data[start + 1 :]
        elif kind == "cut":
            data = data[:start] + data[end:]
        elif kind == "twice":
            start = end
            data = data[:end] + data[max(0, end - 20) : end] + data[end:]
        elif kind == "insert":
            data = data[:start] + draw(st.binary(max_size=12)) + data[start:]
        elif kind == "huge":
            huge = draw(st.sampled_from([b"\xff" * 8, b"\x00" * 7 + b"\x80", b"\x00\x00\x01" * 2]))
            data = data[:start] + huge + data[start + len(huge) :]
        elif kind == "end":
            data = data[:start]
        same = min(same, start)
    return data, same


@st.composite
def altered(draw: st.DrawFn, record: dict[str, Any]) -> dict[str, Any]:
    """A JSON object with one to three values replaced, left out or moved."""
    record = copy.deepcopy(record)
    for _ in range(draw(st.integers(1, 3))):
        holder: Any = record
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = holder[key]
            if isinstance(inner, dict | list) and inner and draw(st.integers(0, 4)):
                holder = inner
                continue
            if draw(st.integers(0, 3)) == 0:
                del holder[key]
            else:
                holder[key] = draw(values)
            break
    return record
