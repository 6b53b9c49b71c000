"""Where it ran, under which limits, and who saw to each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from submission_kit.quantities import format_duration, format_size

from ..machine import name_machine
from ..reading import StoredRun
from .fields import count, items, mapping, number, text
from .markup import Content, Html, tag
from .page import Section, card
from .tables import Cell, Column, pairs, table


def environment(runs: Sequence[StoredRun], titles: Sequence[str]) -> Section:
    """Return limits, machine, versions and digests of each run."""
    content: list[Content] = []
    for run, name in zip(runs, titles, strict=True):
        if len(runs) > 1:
            content.append(tag("h3", name, class_="above"))
        content += [_limits(run, name), _remains(run), card(pairs(_facts(run)))]
    return Section("Limits and environment", tuple(content))


def _limits(run: StoredRun, name: str) -> Html | None:
    names: dict[str, None] = {}
    for trial in run.trials.values():
        names |= dict.fromkeys(trial["limits"])
    if not names:
        return None
    rows = [_limit(run, limit) for limit in names]
    columns: list[Column | str] = [
        "limit",
        Column("allowed", True),
        Column("most used", True, "the highest of the instances"),
        "enforced by",
        "how exactly",
    ]
    return table(columns, rows, f"Limits of {name}")


def _limit(run: StoredRun, limit: str) -> list[Cell | Content]:
    found = [mapping(trial["limits"].get(limit)) for trial in run.trials.values()]
    found = [each for each in found if each]
    first: Mapping[str, Any] = found[0] if found else {}
    unit = text(first.get("unit"))
    used = [value for each in found if (value := number(each.get("used"))) is not None]
    allowed = max(
        (v for each in found if (v := number(each.get("allowed"))) is not None), default=None
    )
    rules = run.run["rules"]["limits"]
    name = limit.replace("_", " ")
    if limit == "wall" and rules["scope"] == "run":  # a trial's own is what was left for it
        name, allowed, used = "wall, the whole run", float(rules["wall"]), [sum(used)]
    if allowed is None:
        shown: Content = text(first.get("allowed")) or "–"
    else:
        shown = _amount(allowed, unit)
    most = max(used, default=None)
    listed = sorted({str(item) for each in found for item in items(each.get("used"))})
    seen = _amount(most, unit) if most is not None else ", ".join(listed)
    by = dict.fromkeys(text(each.get("enforced_by")) for each in found)
    how = dict.fromkeys(text(each.get("quality")) for each in found)
    return [
        name,
        Cell(shown, allowed),
        Cell(seen, most),
        Cell("; ".join(filter(None, by)) or "nobody; measured", kind="long"),
        Cell("; ".join(filter(None, how)), kind="long"),
    ]


def _remains(run: StoredRun) -> Html | None:
    """Return what any of the trials could have done all the same."""
    said: dict[str, None] = {}
    for trial in run.trials.values():
        said |= dict.fromkeys(trial["isolation"]["remains"])
    if not said:
        return None
    return card(f"Still possible for the submission: {'; '.join(said)}.", kind="alert")


def _amount(value: float, unit: str) -> str:
    if unit == "s":
        return format_duration(value)
    if unit == "B":
        return format_size(value)
    return f"{count(value)} {unit}".rstrip()


def _facts(run: StoredRun) -> list[tuple[str, Content]]:
    record = run.run
    submission, track = record["submission"], record["track"]
    trials = list(run.trials.values())
    # A run may be resumed elsewhere: run.json has the last machine alone.
    frames = trials or [record]
    machines = dict.fromkeys(_machine(mapping(each.get("machine"))) for each in frames)
    versions = dict.fromkeys(_versions(mapping(each.get("versions"))) for each in frames)
    loads = [load for trial in trials if (load := number(trial.get("load"))) is not None]
    sources = dict.fromkeys(text(trial["instance"].get("source")) for trial in trials)
    params = json.dumps(submission.get("params"), ensure_ascii=False)
    layers = dict.fromkeys(str(trial.get("layer")) for trial in trials)
    started = sorted(filter(None, (text(trial.get("started")) for trial in trials)))
    facts: list[tuple[str, Content]] = [
        ("description", submission["description"]),
        ("entry", tag("code", text(submission.get("entry")))),
        ("params", tag("code", params[:2000])),
        ("understood as", "; ".join(dict.fromkeys(text(t.get("form")) for t in trials))),
        ("started", started[0].replace("T", " ") if started else ""),
        ("images", "; ".join(filter(None, sources))),
        ("machine", "; ".join(filter(None, machines))),
        (
            "other load",
            f"{max(loads):.2f}: the highest average over the minute before" if loads else "",
        ),
        ("versions", "; ".join(filter(None, versions))),
        ("isolation", ", ".join(layers)),
        ("tool", text(record.get("tool"))),
        ("submission", tag("code", submission["digest"])),
        ("track", tag("span", f"{track['name']} ", tag("code", track["digest"]))),
        ("records", tag("code", str(run.folder))),
    ]
    return [(name, value) for name, value in facts if value]


def _machine(machine: Mapping[str, Any]) -> str:
    memory = number(machine.get("memory"))
    parts = [
        name_machine(machine),
        format_size(memory) if memory else "",
        text(machine.get("system")),
    ]
    return ", ".join(filter(None, parts))


def _versions(versions: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())
