"""The trials that an audit runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from evaluator.instances import Instance
from evaluator.isolation import Isolation
from evaluator.plan import Plan, Watcher
from evaluator.supervisor_process import SupervisorProcess
from evaluator.track import Track
from evaluator.trial import run_trial
from evaluator.verdict import Verdict
from submission_kit.arrays import Predictions
from submission_kit.submission import Submission

from .agreement import compare
from .deadline_margin import allowed_seconds
from .label_permutation import shuffle_labels
from .transduction import Calls, regular_calls, script_calls, shuffled_calls

SCORED = "as scored"
AGAIN = "again, in other calls"
BOTH = "once more, asked both ways"
OTHER_SEED = "another seed"
SHUFFLED = "shuffled labels"


@dataclass(frozen=True)
class AuditTrial:
    """One trial of an audit.

    calls: the positions of the test images in each call of predict.
    predictions: one for each of those positions, in their order; None unless it ended ok.
    charged: seconds of wall-clock time.
    """

    name: str
    calls: Calls
    verdict: Verdict
    predictions: Predictions | None
    charged: float

    @property
    def in_order(self) -> tuple[Predictions, ...]:
        """Predictions in the order of the test images, once for each time that all were asked."""
        assert self.predictions is not None
        positions = np.concatenate([np.array(call) for call in self.calls])
        rounds = len(positions) // (int(positions.max()) + 1)
        orders = (asked.argsort() for asked in np.split(positions, rounds))
        parts: list[Any] = np.split(self.predictions, rounds)
        return tuple(part[order] for part, order in zip(parts, orders, strict=True))


class AuditWatcher(Watcher, Protocol):
    """Somebody who looks on while an audit goes from trial to trial."""

    def audit_trial_started(self, name: str, budget: float) -> None:
        """Learn that a trial starts, with so many seconds."""
        ...

    def audit_trial_ended(self, trial: AuditTrial) -> None:
        """Learn what came of it."""
        ...


def run_trials(
    submission: Submission,
    track: Track,
    instance: Instance,
    isolation: Isolation,
    watcher: AuditWatcher | None,
) -> dict[str, AuditTrial]:
    """Run an audit's trials, by name; where the first does not end ok, no other.

    Raises:
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    trials: dict[str, AuditTrial] = {}

    def run(name: str, instance: Instance, calls: Calls) -> AuditTrial:
        trials[name] = _run(name, submission, track, instance, calls, isolation, watcher)
        return trials[name]

    images = len(instance.test_images)
    regular, shuffled = regular_calls(images), shuffled_calls(images, instance.seed)
    if submission.commands:
        regular, shuffled = script_calls(images, instance.seed)
    scored = run(SCORED, instance, regular)
    if scored.verdict.name != "ok":
        return trials
    again = run(AGAIN, instance, shuffled)
    if again.verdict.name == "ok" and not compare(*scored.in_order, *again.in_order).same:
        run(BOTH, instance, regular + shuffled)
    run(OTHER_SEED, replace(instance, variation=1), regular)
    classes = len(instance.class_names)
    labels = shuffle_labels(instance.train_labels, classes, instance.seed)
    run(SHUFFLED, replace(instance, train_labels=labels), regular)
    return trials


def _run(
    name: str,
    submission: Submission,
    track: Track,
    instance: Instance,
    calls: Calls,
    isolation: Isolation,
    watcher: AuditWatcher | None,
) -> AuditTrial:
    wall = float(track.limits.wall)
    if watcher is not None:
        watcher.audit_trial_started(name, wall)
    plan = Plan(
        track.limits,
        budget=wall,
        share=allowed_seconds(track.limits, track.instances),
        checkpoints=False,
        calls=calls,
        isolation=isolation,
    )
    supervisor = SupervisorProcess(isolation)
    outcome = run_trial(submission, instance, plan, watcher, supervisor)
    if outcome.interrupted:
        raise KeyboardInterrupt
    charged = outcome.ended["seconds"]["charged"] if outcome.ended else 0.0
    trial = AuditTrial(name, calls, outcome.verdict, outcome.predictions, charged)
    if watcher is not None:
        watcher.audit_trial_ended(trial)
    return trial
