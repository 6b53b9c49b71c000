"""Fresh interpreters of ours: isolated from the user's settings, and quick to start."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import submission_kit


def isolated(statement: str) -> list[str]:
    """Return the command that runs a statement of ours; it finds our packages and psutil alone."""
    psutil = find_spec("psutil")
    assert psutil is not None
    assert psutil.origin is not None
    files = (__file__, submission_kit.__file__, psutil.origin)
    folders = sorted({str(Path(file).parents[1]) for file in files})
    return [sys.executable, "-I", "-S", "-c", f"import sys; sys.path += {folders!r}; {statement}"]
