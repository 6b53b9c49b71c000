"""A rule: a function that looks at a submission and yields what it finds.

Its docstring is its documentation: the first line says what it finds, the middle why that matters,
and the last paragraph, `Mend: …`, what to do. `subkit explain`, docs/rules.md and the mend of its
findings are all taken from there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from submission_kit.archive import MAX_SIZE
from submission_kit.findings import Severity

if TYPE_CHECKING:
    from .case import Case


@dataclass(frozen=True)
class Rules:
    """What the check needs to know of a track, as plain data.

    tracks: names that `track:` may have; empty where they are not known.
    python: the versions that its server offers, such as `>=3.11`.
    packages: what its server offers, by their names on PyPI; empty where that is not known.
    pretrained: whether a submission may bring weights that were learnt elsewhere.
    platform: that the submission is for: codalab, codabench, or both where that is not known.
    max_size: bytes of all files together.
    """

    track: str = ""
    tracks: tuple[str, ...] = ()
    dataset: str = ""
    python: str = ">=3.11"
    packages: tuple[str, ...] = ()
    devices: str = "cpu"
    pretrained: bool = False
    platform: str = "both"
    max_size: int = MAX_SIZE


RulesByTrack = Callable[[str], Rules]
"""Gives the rules for the track that `submission.yaml` names, which may be none or a wrong one."""


@dataclass(frozen=True)
class Found:
    """What a rule's function yields: a finding before it has its code and its path.

    name: of the file in the submission; empty for the submission as a whole.
    line, column: from 1; 0 for the file as a whole.
    severity, mend: where they differ from the rule's own; an empty mend where there is nothing to
        do.
    """

    name: str
    message: str
    line: int = 0
    column: int = 0
    severity: Severity | None = None
    mend: str | None = None


Find = Callable[["Case"], Iterable[Found]]


@dataclass(frozen=True)
class Rule:
    """A rule by its code, with what it says when a finding has no severity of its own.

    packing_mends: what it finds is wrong with a zip or folder, and not with the bundle of it.
    """

    code: str
    severity: Severity
    find: Callable[..., Iterable[Found]]
    packing_mends: bool = False

    @property
    def name(self) -> str:
        """Its name in words joined by hyphens."""
        return self.find.__name__.replace("_", "-")

    @cached_property
    def text(self) -> str:
        """Its whole documentation."""
        return inspect.getdoc(self.find) or ""

    @property
    def title(self) -> str:
        """What it finds."""
        return self.text.partition("\n")[0].rstrip(".")

    @property
    def why(self) -> str:
        """Why that matters, in one line."""
        return " ".join(self.text.partition("\n")[2].partition("Mend: ")[0].split())

    @property
    def mend(self) -> str:
        """What to do about it, in one line."""
        return " ".join(self.text.partition("Mend: ")[2].split())


RULES: dict[str, Rule] = {}
"""Every rule by its code, in the order of the themes' files."""

STATIC: list[Rule] = []
"""Those that look at a `Case`."""


def rule(code: str, severity: Severity, *, packing_mends: bool = False) -> Callable[[Find], Find]:
    """Register a function that looks at a `Case` as the rule of that code."""

    def register(find: Find) -> Find:
        STATIC.append(_add(Rule(code, severity, find, packing_mends)))
        return find

    return register


def document(code: str, severity: Severity, find: Callable[..., Iterable[Found]]) -> Rule:
    """Register a rule that somebody else calls."""
    return _add(Rule(code, severity, find))


def _add(rule: Rule) -> Rule:
    assert rule.code not in RULES, rule.code
    RULES[rule.code] = rule
    return rule
