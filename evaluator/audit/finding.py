"""What an audit finds: the answer to one question."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["ok", "warn", "fail", "skipped"]


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    status: `skipped` where a trial that it needs did not end ok.
    says: one sentence for a person, to stand behind the question.
    numbers: what was measured, as JSON can hold it.
    """

    question: str
    status: Status
    says: str
    numbers: dict[str, Any] = field(default_factory=dict)


def percent(share: float) -> str:
    """Write a share for a person."""
    return f"{100 * share:.2f} %"
