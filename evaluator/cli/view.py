"""What a person sees of a run: a live line a trial on a terminal, plain lines elsewhere, a table.

Progress goes to stderr, the result to stdout. What a submission says of itself is shown with its
control characters escaped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from evaluator.run import Run
from evaluator.track import Track
from evaluator.verdict import alike, in_phase
from submission_kit.findings import printable
from submission_kit.quantities import format_duration, format_size
from submission_kit.submission import Submission

from .time_left import TimeLeft

if TYPE_CHECKING:
    from evaluator.audit import Audit

REFRESH = 2.0
"""Redraws of the live line a second."""

PLAIN_INTERVAL = 60.0
"""Seconds between two lines on a trial that runs, where there is no terminal."""

ASLEEP = 5.0
"""Seconds from which a machine's sleep is mentioned; the two clocks may differ by less."""

LINES = "\n\t"
"""What is shown as it is of texts of several lines."""

LOG_LINES = 15
"""Lines of a failed submission's log that are shown."""


class View:
    """Looks on while a run goes on, and shows it."""

    def __init__(
        self, submission: Submission, track: Track, phase: str, trials: int | None = None
    ) -> None:
        """Show a run of so many trials; of the track's instances where nothing is said."""
        self._title = printable(f"{submission.name} on {track.name}, {phase}")
        self._errors = Console(stderr=True, highlight=False)
        self._output = Console(highlight=False)
        self._live: Live | None = None
        self._current: dict[str, Any] = {}
        self._left = TimeLeft(trials or track.instances, track.limits.scope == "run")

    def __enter__(self) -> View:
        """Start to show."""
        self._errors.print(Text(self._title, "bold"), soft_wrap=True)
        if self._errors.is_terminal:
            self._live = Live(
                get_renderable=self._line,
                console=self._errors,
                refresh_per_second=REFRESH,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to show."""
        if self._live is not None:
            self._live.stop()

    def trial_started(self, seed: int, budget: float) -> None:
        """See a trial start."""
        self._left.start(budget)
        self._start(f"instance {seed}", budget)

    def _start(self, name: str, budget: float) -> None:
        now = time.monotonic()
        self._current = {"name": name, "budget": budget, "phase": "start", "at": now, "said": now}

    def trial_moved(self, seed: int, kind: str, what: Mapping[str, Any]) -> None:
        """See what it does."""
        if kind == "phase":
            self._current["phase"] = what["phase"]
        else:
            self._current[kind] = what
        if kind == "progress":
            self._left.step(what)
        if self._live is None and time.monotonic() - self._current["said"] > PLAIN_INTERVAL:
            self._current["said"] = time.monotonic()
            self._errors.print(self._line(), soft_wrap=True)

    def trial_ended(self, record: Mapping[str, Any], resumed: bool) -> None:
        """See what came of it."""
        self._left.end(resumed)
        self._current = {}
        verdict = record["verdict"]
        line = Text(f"  instance {record['instance']['seed']}: ")
        line.append(verdict["name"], "green" if verdict["name"] == "ok" else "bold red")
        if record["accuracy"] is not None:
            line.append(f", accuracy {_percent(record['accuracy'])}")
        if "charged" in record["seconds"]:
            line.append(f", {format_duration(record['seconds']['charged'])}")
        if resumed:
            line.append(" (from an earlier run)", "dim")
        self._errors.print(line, soft_wrap=True)

    def print_result(self, run: Run) -> None:
        """Print the table, the score and what went wrong."""
        out = self._output
        out.print(_table(self._title, run))
        out.print(
            Text(_sentence(run), "bold" if run.score.value is not None else ""), soft_wrap=True
        )
        out.print(Text(_time(run)), soft_wrap=True)
        for line in _isolation(run):
            out.print(Text(line), soft_wrap=True)
        for records in alike(run.records):
            self._print_failure(records)
        out.print(Text(f"records: {printable(str(run.folder))}", "dim"), soft_wrap=True)

    def _print_failure(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Print what went wrong in the same way on one or several instances, once."""
        out, verdict = self._output, records[0]["verdict"]
        seeds = ", ".join(str(record["instance"]["seed"]) for record in records)
        heading = Text.assemble(
            f"\ninstance{'s' * (len(records) > 1)} {seeds}: ",
            (verdict["name"], "bold red"),
            f" {in_phase(verdict['phase'])}{printable(verdict['reason'], LINES)}",
            f" ({printable(verdict['where'])})" if verdict["where"] else "",
        )
        out.print(heading, soft_wrap=True)
        for name, text in (
            ("traceback", verdict["traceback"]),
            (f"log of instance {records[0]['instance']['seed']}", records[0]["log"]["tail"]),
        ):
            lines = printable(text, LINES).strip().splitlines()
            if lines:
                out.print(Text(f"  {name}:", "dim"), soft_wrap=True)
            for line in lines[-LOG_LINES:]:
                out.print(Text(f"    {line}", "dim"), soft_wrap=True)

    def _line(self) -> Text:
        """Return the live line of the trial that runs."""
        now = self._current
        if not now:
            return Text("")
        sample = now.get("sample", {})
        parts = [
            f"  {now['name']}: {now['phase']}",
            f"{format_duration(time.monotonic() - now['at'])} of {format_duration(now['budget'])}",
        ]
        if (left := self._left.seconds()) is not None:
            parts.append(f"about {format_duration(left)} left in all")
        if sample:
            parts.append(format_size(sample["memory"]))
        if progress := now.get("progress"):
            parts.append(_progress(progress))
        if checkpoint := now.get("checkpoint"):
            parts.append(f"accuracy {_percent(checkpoint['accuracy'])} at {checkpoint['step']}")
        return Text(" · ".join(parts))


def run_json(run: Run, audit: Audit | None = None) -> str:
    """Return the run, its trials and its audit as JSON, without the long series of the records."""
    long = ("samples", "progress", "checkpoints", "machine", "versions", "submission", "track")
    whole = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))
    whole["folder"] = str(run.folder)
    whole["trials"] = [{k: v for k, v in r.items() if k not in long} for r in run.records]
    if audit is not None:
        whole["audit"] = audit.record
    text = json.dumps(whole, indent=1, ensure_ascii=False)
    return text.encode(errors="replace").decode()  # a path may be no UTF-8


def _table(title: str, run: Run) -> Table:
    table = Table(title=Text(title, "bold"), title_justify="left")
    table.add_column("instance", justify="right")
    table.add_column("verdict")
    for name in ("accuracy", "load", "train", "predict", "peak memory"):
        table.add_column(name, justify="right")
    for record in run.records:
        seconds, verdict = record["seconds"], record["verdict"]["name"]
        memory = record["limits"].get("memory")
        table.add_row(
            str(record["instance"]["seed"]),
            Text(verdict, "green" if verdict == "ok" else "bold red"),
            "" if record["accuracy"] is None else _percent(record["accuracy"]),
            *(_seconds(seconds.get(name)) for name in ("load", "train", "predict")),
            format_size(memory["used"]) if memory else "",
        )
    return table


def _sentence(run: Run) -> str:
    """Say the score: mean, standard deviation, interval; or why there is none."""
    summary, total = run.score.ok, len(run.seeds)
    if summary is None:
        return f"no score: none of {total} instances is ok"
    mean = f"accuracy {_percent(summary.mean)}"
    if summary.sd is not None and summary.interval is not None:
        low, high = summary.interval
        mean += f" ± {100 * summary.sd:.2f} sd, 95 % t interval {_percent(low)} to {_percent(high)}"
    if run.score.value is not None:
        return f"{mean} ({total} instance{'s' * (total > 1)})"
    if summary.n < total:
        return f"no score: {summary.n} of {total} instances are ok ({mean})"
    return f"{mean} ({total} of the track's {run.track.instances} instances: no score yet)"


def _time(run: Run) -> str:
    limits = run.track.limits
    allowed = format_duration(limits.wall)
    if limits.scope == "run":
        share = run.used / limits.wall
        return f"time {format_duration(run.used)} of {allowed} for the whole run ({share:.1%})"
    longest = max(run.charged.values(), default=0.0)
    return f"time at most {format_duration(longest)} of {allowed} an instance"


def _isolation(run: Run) -> list[str]:
    """Say how the trials were kept apart, and what the least confined of them could have done."""
    judged = [record for record in run.records if record.get("layer")]
    if not judged:
        return []
    least = min(judged, key=lambda record: str(record["layer"]))
    remains = printable("; ".join(least["isolation"]["remains"]))
    said = f"isolation {least['layer']}"
    if remains:
        said += f": nothing kept the submission from these: {remains} (subkit doctor)"
    slept = sum(record["seconds"].get("suspended", 0.0) for record in judged)
    if slept < ASLEEP:
        return [said]
    return [said, f"the machine slept for {format_duration(slept)}, which is not charged"]


def _progress(progress: Mapping[str, Any]) -> str:
    total = f"/{progress['total']}" if progress["total"] is not None else ""
    shown = list(progress["values"].items())[:3]
    values = "".join(f" {printable(name)} {value:.4g}" for name, value in shown)
    return f"step {progress['step']}{total}{values}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f} s" if seconds < 100 else f"{seconds:.0f} s"
