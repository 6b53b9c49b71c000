"""A run as JUnit's XML: one test case an instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from submission_kit.junit import Case, suite

from .run import Run
from .verdict import NOT_THE_SUBMISSIONS


def as_junit(run: Run) -> str:
    """Return one test suite; a trial that is not ok is a failure, one of ours an error."""
    name = f"{run.submission.name} on {run.track.name}, {run.phase}"
    return suite(name, [_case(name, record) for record in run.records])


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
        f"{verdict['name']} in {verdict['phase']}: {verdict['reason']}",
        fault=verdict["name"] in NOT_THE_SUBMISSIONS,
        seconds=record["seconds"].get("charged", 0.0),
    )
