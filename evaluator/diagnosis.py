"""What the doctor says: the answer to one question about this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]
Theme = Literal["software", "isolation", "machine", "data"]


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    found: what is there, in one line.
    mend: what to install, set or do, in one line; empty where the status is ok.
    """

    theme: Theme
    name: str
    status: Status
    found: str
    mend: str = ""
