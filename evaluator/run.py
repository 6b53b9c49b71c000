"""A run: one submission on the instances of a track, one trial after the other.

What is finished with the same digests is not run again, so an interrupted run goes on where it
stopped. Only faults that are not the submission's are tried again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from submission_kit import __version__
from submission_kit.errors import ConfigError
from submission_kit.findings import Finding
from submission_kit.submission import Submission

from .account import account, remains
from .datasets import Dataset
from .instances import Instance, draw
from .isolation import Isolation, Mode
from .isolation.choose import choose
from .isolation.linux import guarded
from .machine import describe_machine, load_average, versions
from .plan import Outcome, Plan, Watcher
from .private import sweep
from .records import SCHEMA, RunFolder, digest
from .scoring import Score, accuracy, score_run
from .statistics import Summary
from .supervisor_process import SupervisorProcess
from .track import Track
from .trial import run_trial
from .verdict import NOT_THE_SUBMISSIONS, Verdict

LOG_TAIL = 4000
"""Characters of the log that stand in the record itself."""


class RunWatcher(Watcher, Protocol):
    """Somebody who looks on while a run goes from trial to trial."""

    def trial_started(self, seed: int, budget: float) -> None:
        """Learn that a trial starts, with so many seconds."""
        ...

    def trial_ended(self, record: Mapping[str, Any], resumed: bool) -> None:
        """Learn what came of a trial, now or in an earlier run."""
        ...


@dataclass
class Run:
    """A run and its records so far, in the order of its instances.

    charged: seconds of wall-clock time by instance, of all trials that the run's folder holds.
    findings: what the check said of the submission; None where it was not checked.
    """

    submission: Submission
    track: Track
    phase: str
    seeds: Sequence[int]
    folder: Path
    records: list[dict[str, Any]] = field(default_factory=list)
    charged: dict[int, float] = field(default_factory=dict)
    findings: Sequence[Finding] | None = None

    @property
    def accuracies(self) -> dict[int, float | None]:
        """The accuracy by instance; None where its trial is not ok, or not there."""
        known = {record["instance"]["seed"]: record["accuracy"] for record in self.records}
        return {seed: known.get(seed) for seed in self.seeds}

    @property
    def score(self) -> Score:
        """What the metric makes of it."""
        return score_run(self.accuracies, self.track.instances)

    @property
    def used(self) -> float:
        """Seconds of wall-clock time that are charged so far."""
        return sum(self.charged.values())


def score(
    submission: Submission,
    track: Track,
    dataset: Dataset,
    phase: str,
    out: Path,
    *,
    seeds: Iterable[int] = (),
    fresh: bool = False,
    isolation: Mode | Isolation = "auto",
    watcher: RunWatcher | None = None,
    embed: bool = False,
    findings: Sequence[Finding] | None = None,
) -> Run:
    """Run a submission on the instances of a track and keep every record.

    seeds: the instances; all of the track where none is named.
    out: the run's folder, see `records`.
    isolation: how its trials are confined, or how strongly, see `isolation.choose`.
    embed: whether to keep embeddings of its images, where it offers them: with checkpoints, so not
        in the final phase.
    findings: what the check said of it, to be kept with the run; None where it was not checked.

    Raises:
        ConfigError: the track has no such phase, a seed is wrong, the folder cannot be used, or
            the isolation cannot be had, or embeddings are asked for in the final phase.
        DataError: the images cannot be read.
        KeyboardInterrupt: what is finished is kept.
    """
    chosen = sorted(set(seeds)) or list(range(1, track.instances + 1))
    if chosen[0] < 1:
        raise ConfigError(f"instance {chosen[0]}: instances count from 1")
    track.phase(phase)
    if embed and phase != "dev":
        raise ConfigError(
            f"embeddings are not kept in phase {phase}: they show test images before the end",
            "Leave out --embed, or score phase dev.",
        )
    identity = digest([submission.digest, track.digest, phase])
    folder = RunFolder(out, identity, fresh)
    before = {seed: record for seed, record in folder.trials().items() if _is_final(record)}
    charged = {seed: record["limits"]["wall"]["used"] for seed, record in before.items()}
    run = Run(submission, track, phase, chosen, out, charged=charged, findings=findings)
    frame = _frame(run)
    folder.write_run(_run_record(run, frame))
    sweep()
    instances = _draw_ahead(track, dataset, phase, chosen)
    means = isolation if isinstance(isolation, Isolation) else choose(isolation)
    with guarded(), closing(_supervisors(len(chosen), means)) as supervisors:
        for instance in instances:
            seed = instance.seed
            key = digest([identity, instance.digest, __version__])
            record = before.get(seed)
            resumed = (
                record is not None
                and record["key"] == key
                and (not embed or bool(record.get("embed")))
            )
            if record is None or not resumed:
                run.charged.pop(seed, None)
                plan = _plan(run, means, embed)
                started, load = datetime.now(UTC), load_average()
                if watcher is not None:
                    watcher.trial_started(seed, plan.budget)
                if plan.budget > 0:
                    supervisor = next(supervisors)
                    outcome = run_trial(submission, instance, plan, watcher, supervisor)
                else:
                    reason = "the run's time was used up by the instances before"
                    outcome = Outcome(Verdict("timeout", "load", reason))
                record = frame | {
                    "kind": "trial",
                    "key": key,
                    "started": started.isoformat(timespec="seconds"),
                    "load": load,
                    **_trial_record(submission, instance, dataset, plan, outcome),
                }
                folder.write_embeddings(seed, _embeddings(instance, outcome))
                folder.write_trial(
                    seed, record, outcome.log, instance.test_labels, outcome.predictions
                )
                if outcome.interrupted:
                    raise KeyboardInterrupt
                run.charged[seed] = record["limits"]["wall"]["used"]
            run.records.append(record)
            folder.write_run(_run_record(run, frame))
            if watcher is not None:
                watcher.trial_ended(record, resumed)
    return run


def _is_final(record: Mapping[str, Any]) -> bool:
    """Whether a record tells something of the submission."""
    return record["verdict"]["name"] not in NOT_THE_SUBMISSIONS


def _draw_ahead(
    track: Track, dataset: Dataset, phase: str, seeds: Sequence[int]
) -> Iterator[Instance]:
    """Draw the first instance from now on, and each other while the one before is in its trial."""
    pool = ThreadPoolExecutor(1)
    first = pool.submit(draw, track, dataset, phase, seeds[0])

    def drawn(ahead: Future[Instance]) -> Iterator[Instance]:
        with pool:
            for following in seeds[1:]:
                instance = ahead.result()
                ahead = pool.submit(draw, track, dataset, phase, following)
                yield instance
            yield ahead.result()

    return drawn(first)


def _supervisors(count: int, isolation: Isolation) -> Generator[SupervisorProcess, None, None]:
    """Start each supervisor while the trial before runs, and end the one that nobody took."""
    ahead: SupervisorProcess | None = None
    try:
        for left in reversed(range(count)):
            taken = ahead or SupervisorProcess(isolation)
            ahead = SupervisorProcess(isolation) if left else None
            yield taken
    finally:
        if ahead is not None:
            ahead.close()


def _trial_record(
    submission: Submission, instance: Instance, dataset: Dataset, plan: Plan, outcome: Outcome
) -> dict[str, Any]:
    predictions, ended = outcome.predictions, outcome.ended
    return {
        "instance": {
            "seed": instance.seed,
            "digest": instance.digest,
            "source": dataset.source,
            "training_images": len(instance.train_images),
            "test_images": len(instance.test_images),
            "classes": list(instance.class_names),
        },
        "verdict": asdict(outcome.verdict),
        "accuracy": None if predictions is None else accuracy(instance.test_labels, predictions),
        "form": "; ".join(filter(None, [outcome.form, *submission.notes])),
        "seconds": _phases(ended),
        "limits": _account(plan, ended),
        "layer": ended["layer"] if ended else None,
        "isolation": _isolation(plan, ended),
        "exit_status": ended.get("status"),
        "samples": outcome.samples.points(),
        "progress": outcome.progress.points(),
        "checkpoints": outcome.checkpoints.points(),
        "embed": plan.embed,
        "log": {"bytes": ended.get("log_bytes", 0), "tail": outcome.log[-LOG_TAIL:]},
    }


def _embeddings(instance: Instance, outcome: Outcome) -> dict[str, npt.NDArray[Any]]:
    """Return what was embedded before and after training, with labels; nothing where nothing was.

    labels: int64 [N + M], of the training and then the test images.
    """
    if not outcome.embeddings:
        return {}
    labels = np.concatenate([instance.train_labels, instance.test_labels])
    return {"labels": labels, **outcome.embeddings}


def _plan(run: Run, isolation: Isolation, embed: bool) -> Plan:
    """Return the time a trial has: the run's that is left, or the instance's own.

    A submission that reads `deadline` is told its even share of what is left, so that the first
    instance does not use up what the others need.
    """
    limits = run.track.limits
    budget = share = float(limits.wall)
    if limits.scope == "run":
        budget -= run.used
        planned = max(run.track.instances, len(run.seeds))
        share = budget / max(1, planned - len(run.charged))
    dev = run.phase == "dev"
    return Plan(limits, budget, share, checkpoints=dev, isolation=isolation, embed=embed)


def _account(plan: Plan, ended: Mapping[str, Any]) -> dict[str, Any]:
    if not ended:  # nobody was there to measure anything
        return {"wall": {"allowed": plan.budget, "used": 0.0, "unit": "s"}}
    return account(plan.limits, plan.budget, ended)


def _isolation(plan: Plan, ended: Mapping[str, Any]) -> dict[str, Any]:
    """Return by what a trial was confined, what it could do all the same, and what was missing."""
    means = plan.isolation
    return {
        "files": means.files,
        "filter": means.filter,
        "groups": means.groups,
        "remains": remains(ended) if ended else [],
        "missing": [lack._asdict() for lack in means.missing],
    }


def _phases(ended: Mapping[str, Any]) -> dict[str, float]:
    """Return the charged seconds of load, train and predict, as far as each got, and in all."""
    if not ended:
        return {}
    marks, total = ended["seconds"]["marks"], ended["seconds"]["charged"]
    phases, before = {}, 0.0
    for phase, mark in (("load", "loaded"), ("train", "trained"), ("predict", "predicted")):
        end = marks.get(mark, total)
        phases[phase] = round(end - before, 4)
        before = end
        if mark not in marks:
            break
    rest = {
        name: round(ended["seconds"][name], 4) for name in ("charged", "off_clock", "suspended")
    }
    return phases | rest


def _frame(run: Run) -> dict[str, Any]:
    """Return what every record of a run begins with."""
    submission, track = run.submission, run.track
    return {
        "schema": SCHEMA,
        "tool": f"subkit {__version__}",
        "submission": {
            "name": submission.name,
            "team": submission.team,
            "description": submission.description,
            "entry": submission.entry,
            "params": dict(submission.params),
            "digest": submission.digest,
        },
        "track": {"name": track.name, "digest": track.digest, "metric": track.metric},
        "phase": run.phase,
        "machine": describe_machine(),
        "versions": versions(track.environment.packages),
    }


def _run_record(run: Run, frame: Mapping[str, Any]) -> dict[str, Any]:
    score, limits = run.score, run.track.limits
    return {
        **frame,
        "kind": "run",
        "rules": asdict(run.track),
        "instances": list(run.seeds),
        "verdicts": {str(r["instance"]["seed"]): r["verdict"]["name"] for r in run.records},
        "accuracies": run.accuracies,
        "score": score.value,
        "summary": _summary(score.ok),
        "wall": {"used": run.used, "allowed": limits.wall, "scope": limits.scope},
        "findings": None if run.findings is None else [asdict(each) for each in run.findings],
    }


def _summary(summary: Summary | None) -> dict[str, Any] | None:
    return asdict(summary) if summary else None
