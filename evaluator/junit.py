"""A run as JUnit's XML: one test case an instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from submission_kit.junit import Case, suite

from .run import Run
from .verdict import NOT_THE_SUBMISSIONS, say


def as_junit(run: Run) -> str:
    """Return one test suite; a trial that is not ok is a failure, one of ours an error."""
    return records_as_junit(f"{run.submission.name} on {run.track.name}, {run.phase}", run.records)


def records_as_junit(
    name: str, records: Sequence[Mapping[str, Any]], missing: Sequence[int] = ()
) -> str:
    """Return the same of trials' records.

    name: of the suite. missing: instances without a record, each an error: a run that stopped
        half-way has not passed.
    """
    cases = [_case(name, record) for record in records]
    cases += [
        Case(name, f"instance {seed}", "", "missing", "no whole record", fault=True)
        for seed in missing
    ]
    return suite(name, cases)


def _case(name: str, record: Mapping[str, Any]) -> Case:
    verdict = record["verdict"]
    ok = verdict["name"] == "ok"
    said = [f"accuracy {record['accuracy']:.4f}"] if ok else [verdict["reason"], verdict["where"]]
    said += [verdict["traceback"], record["log"]["tail"]]
    return Case(
        name,
        f"instance {record['instance']['seed']}",
        "\n".join(part for part in said if part),
        "" if ok else verdict["name"],
        say(verdict | {"where": ""}),
        fault=verdict["name"] in NOT_THE_SUBMISSIONS,
        seconds=record["seconds"].get("charged", 0.0),
    )
