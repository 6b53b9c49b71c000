"""Whatever a file says, it is read, and can be written as JSON, or its faults are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from submission_kit.submission import Description
from submission_kit.yamlfile import Faults, parse
from tests.strategies import inputs

TAGS = "!!bool !!int !!timestamp !!float !!set !!omap !!pairs !!binary !!null !!python/name:os"
MARKS = "{ } [ ] x: ? - &a *a = ~ # << | > --- ... %YAML"
SCALARS = r'2024-13-45 1:2:3 0x 0o9 1e999 .nan -.inf "\ud800" "\0" a:b'

ODD = ["9" * 5000, "\n", "\n  ", "\ud800"]

words = st.sampled_from([*f"{TAGS} {MARKS} {SCALARS}".split(), *ODD])
texts = st.lists(words, max_size=10).map(" ".join)


@inputs(250)
@given(
    texts | texts.map(lambda text: f"entry: a:b\nparams: {{x: {text}}}\n") | st.text(max_size=30)
)
def test_any_file(text: str) -> None:
    try:
        described: Any = parse(text, Description, Path("submission.yaml"))
    except Faults as faults:
        assert str(faults).startswith("submission.yaml:")
        return
    json.dumps(vars(described), ensure_ascii=False, allow_nan=False).encode()
