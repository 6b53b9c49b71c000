"""An audit: what was asked of a submission, what was run for it, and the answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evaluator.datasets import Dataset
from evaluator.instances import Instance, draw
from evaluator.isolation import Mode
from evaluator.isolation.choose import choose
from evaluator.isolation.linux import guarded
from evaluator.machine import describe_machine, versions
from evaluator.private import sweep
from evaluator.records import SCHEMA
from evaluator.scoring import accuracy
from evaluator.track import Track
from submission_kit import __version__
from submission_kit.arrays import Predictions
from submission_kit.errors import ConfigError
from submission_kit.submission import Submission

from . import (
    deadline_margin,
    determinism,
    label_permutation,
    near_duplicates,
    seed_use,
    transduction,
)
from .agreement import Agreement, compare
from .finding import Finding
from .trials import (
    AGAIN,
    BOTH,
    OTHER_SEED,
    SCORED,
    SHUFFLED,
    AuditTrial,
    AuditWatcher,
    run_trials,
)

Trials = Mapping[str, AuditTrial]


@dataclass(frozen=True)
class Audit:
    """What was asked, what was run for it, and the answers.

    source: where the images came from.
    """

    submission: Submission
    track: Track
    phase: str
    instance: Instance
    source: str
    trials: tuple[AuditTrial, ...]
    findings: tuple[Finding, ...]

    @property
    def record(self) -> dict[str, Any]:
        """The audit as JSON holds it."""
        submission, track, instance = self.submission, self.track, self.instance
        return {
            "schema": SCHEMA,
            "tool": f"subkit {__version__}",
            "kind": "audit",
            "submission": {
                "name": submission.name,
                "params": dict(submission.params),
                "digest": submission.digest,
            },
            "track": {"name": track.name, "digest": track.digest},
            "phase": self.phase,
            "instance": {
                "seed": instance.seed,
                "digest": instance.digest,
                "source": self.source,
            },
            "machine": describe_machine(),
            "versions": versions(track.environment.packages),
            "trials": [
                {
                    "name": trial.name,
                    "verdict": dataclasses.asdict(trial.verdict),
                    "charged": round(trial.charged, 4),
                }
                for trial in self.trials
            ],
            "findings": [dataclasses.asdict(finding) for finding in self.findings],
        }


def audit(
    submission: Submission,
    track: Track,
    dataset: Dataset,
    phase: str,
    seed: int = 1,
    *,
    isolation: Mode = "auto",
    watcher: AuditWatcher | None = None,
) -> Audit:
    """Audit a submission on one instance of a track, by four trials, or five.

    seed: the instance's. Each trial has the track's whole limit of wall-clock time, whatever its
    scope; the submission is told its even share, as when it is scored.
    isolation: how strongly the trials are confined, see `isolation.choose`.

    Raises:
        ConfigError: the track has no such phase, the seed is wrong, or the isolation cannot be had.
        DataError: the images cannot be read.
        KeyboardInterrupt: nothing is kept.
    """
    if seed < 1:
        raise ConfigError(f"instance {seed}: instances count from 1")
    sweep()
    means = choose(isolation)
    instance = draw(track, dataset, phase, seed)
    with guarded():
        trials = run_trials(submission, track, instance, means, watcher)
    return Audit(
        submission=submission,
        track=track,
        phase=phase,
        instance=instance,
        source=dataset.source,
        trials=tuple(trials.values()),
        findings=tuple(_answers(track, instance, trials)),
    )


def _answers(track: Track, instance: Instance, trials: Trials) -> Iterator[Finding]:
    """Answer each question, or say which trial it would have needed."""
    for question, needed, answer in _QUESTIONS:
        short = [name for name in needed if name in trials and trials[name].verdict.name != "ok"]
        if short:
            yield _skipped(question, trials[short[0]])
        else:
            yield answer(track, instance, trials)


def _skipped(question: str, trial: AuditTrial) -> Finding:
    verdict = trial.verdict
    ended = f"{verdict.name} in {verdict.phase}" if verdict.phase else verdict.name
    return Finding(question, "skipped", f"the trial “{trial.name}”: {ended}: {verdict.reason}")


def _transduction(track: Track, instance: Instance, trials: Trials) -> Finding:
    return transduction.judge(_asked_again(trials).other_calls, trials[AGAIN].calls)


def _determinism(track: Track, instance: Instance, trials: Trials) -> Finding:
    again = _asked_again(trials)
    scored = trials[SCORED].in_order[0]
    return determinism.judge(again.same_calls, _accuracies(instance, scored, again.predictions))


def _label_permutation(track: Track, instance: Instance, trials: Trials) -> Finding:
    return label_permutation.judge(
        instance.test_labels,
        trials[SCORED].in_order[0],
        trials[SHUFFLED].in_order[0],
        len(instance.class_names),
    )


def _near_duplicates(track: Track, instance: Instance, trials: Trials) -> Finding:
    return near_duplicates.judge(instance)


def _seed_use(track: Track, instance: Instance, trials: Trials) -> Finding:
    scored, other = trials[SCORED].in_order[0], trials[OTHER_SEED].in_order[0]
    repeats = _asked_again(trials).same_calls.same
    return seed_use.judge(compare(scored, other), _accuracies(instance, scored, other), repeats)


def _deadline_margin(track: Track, instance: Instance, trials: Trials) -> Finding:
    return deadline_margin.judge(trials[SCORED].charged, track.limits, track.instances)


_QUESTIONS: tuple[
    tuple[str, tuple[str, ...], Callable[[Track, Instance, Trials], Finding]], ...
] = (
    (transduction.QUESTION, (SCORED, AGAIN, BOTH), _transduction),
    (determinism.QUESTION, (SCORED, AGAIN, BOTH), _determinism),
    (label_permutation.QUESTION, (SCORED, SHUFFLED), _label_permutation),
    (near_duplicates.QUESTION, (), _near_duplicates),
    (seed_use.QUESTION, (SCORED, AGAIN, BOTH, OTHER_SEED), _seed_use),
    (deadline_margin.QUESTION, (SCORED,), _deadline_margin),
)


@dataclass(frozen=True)
class _Again:
    """How predictions agree where the same was asked again.

    same_calls: of two trainings that were given the same.
    other_calls: of calls with other images, order and size.
    predictions: of the second training.
    """

    same_calls: Agreement
    other_calls: Agreement
    predictions: Predictions


def _asked_again(trials: Trials) -> _Again:
    """Tell a submission that does not repeat from one whose calls depend on one another.

    Where a second training gives the same predictions in other calls, it is neither. Where it does
    not, the third is asked as the first was, which shows whether it repeats. If it does, the first
    and the second differ by their calls alone: so is found out also who remembers what was asked.
    If not, only calls of one and the same training can be compared.
    """
    (scored,), (again,) = trials[SCORED].in_order, trials[AGAIN].in_order
    if BOTH not in trials:
        agreement = compare(scored, again)
        return _Again(agreement, agreement, again)
    same, other = trials[BOTH].in_order
    repeats = compare(scored, same)
    return _Again(repeats, compare(scored, again) if repeats.same else compare(same, other), same)


def _accuracies(instance: Instance, first: Predictions, second: Predictions) -> tuple[float, float]:
    labels = instance.test_labels
    return accuracy(labels, first), accuracy(labels, second)
