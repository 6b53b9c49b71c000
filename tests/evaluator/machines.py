"""Machines that are made up, and how findings are looked at."""

from __future__ import annotations

from evaluator.capacity import Capacity
from evaluator.diagnosis import Finding
from evaluator.isolation import Isolation

GOOD = Capacity(
    cores=4,
    all_cores=4,
    quota=None,
    load=0.3,
    frequency="",
    memory=32_000_000_000,
    available=30_000_000_000,
    memory_limit=None,
    swap=0,
    swapped=0,
    shared_memory=16_000_000_000,
    open_files=None,
    clock=1e-9,
)
SECURE = Isolation("bubblewrap", filter=True, groups="own")


def named(name: str, findings: list[Finding]) -> Finding:
    (found,) = (finding for finding in findings if finding.name == name)
    return found


def check_form(findings: list[Finding]) -> None:
    """Each is one line, and says a mend exactly where there is something to mend."""
    for finding in findings:
        assert finding.found
        assert "\n" not in finding.found + finding.mend
        assert bool(finding.mend) == (finding.status != "ok"), finding
    assert len({finding.name for finding in findings}) == len(findings)
