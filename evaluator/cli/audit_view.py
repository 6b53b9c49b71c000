"""What a person sees of an audit: what runs, on stderr, and a line a question, on stdout."""

from __future__ import annotations

from rich.text import Text

from evaluator.audit import Audit, AuditTrial, Status
from evaluator.track import Track
from submission_kit.findings import printable
from submission_kit.quantities import format_duration
from submission_kit.submission import Submission

from .view import LINES, View

_STYLES: dict[Status, str] = {
    "ok": "green",
    "warn": "yellow",
    "fail": "bold red",
    "skipped": "bold red",
}


class AuditView(View):
    """Looks on while an audit goes on, and shows it."""

    def __init__(self, submission: Submission, track: Track, phase: str, seed: int) -> None:
        super().__init__(submission, track, f"{phase}, instance {seed}: audit")

    def audit_trial_started(self, name: str, budget: float) -> None:
        """See a trial start."""
        self._start(name, budget)

    def audit_trial_ended(self, trial: AuditTrial) -> None:
        """See what came of it."""
        self._current = {}
        verdict = trial.verdict.name
        line = Text(f"  {trial.name}: ")
        line.append(verdict, "green" if verdict == "ok" else "bold red")
        line.append(f", {format_duration(trial.charged)}")
        self._errors.print(line, soft_wrap=True)

    def print_audit(self, audit: Audit) -> None:
        """Print the answers."""
        out = self._output
        out.print(Text(self._title, "bold"), soft_wrap=True)
        for finding in audit.findings:
            line = Text.assemble(
                (f"{finding.status:8}", _STYLES[finding.status]),
                f"{finding.question}: {printable(finding.says, LINES)}",
            )
            out.print(line, soft_wrap=True)
