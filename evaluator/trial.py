"""A trial: one submission on one instance, seen from the parent.

    parent (trusted)            supervisor (trusted)          child (untrusted)
     private folder
     START, training images ───▶ clock, limits, samples ─────▶ load, train
            ◀──────────────── progress, checkpoint, trained ──
     test images, in batches ───────────────────────────────▶ predict
            ◀──────────────────────────────── predictions ────
            ◀── log, usage, cause ── kills the whole tree
     judges, with labels that never left this process

Checkpoints are scored here too, off the clock, in the same way.
"""

from __future__ import annotations

import math
import queue
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from submission_kit import frames
from submission_kit.arrays import (
    Images,
    Predictions,
    pack_images,
    pack_labels,
    predictions_bound,
    unpack_predictions,
)
from submission_kit.errors import ConfigError
from submission_kit.frames import Frame, FrameError, Kind
from submission_kit.submission import Submission

from .instances import Instance
from .isolation import NONE, Isolation, bubblewrap, cgroups, linux, paths
from .limits import Limits
from .pipes import Inbox, Outbox, pump
from .private import OWN, environment, private_folder
from .processes import end_strays, strays
from .scoring import accuracy
from .series import Series
from .supervise import KILL_PATIENCE, OFF_CLOCK_SHARE, START_PATIENCE
from .supervisor_process import SupervisorProcess
from .verdict import Verdict, judge

BATCH = 500
"""Test images in one call of predict; the script form is given all at once."""

SILENCE = 30.0
"""Seconds without a sample after which a supervisor is given up; it sends two a second."""

STOPPED = 1.0
"""The same, where the supervisor is stopped by a signal: no honest submission sends it."""

LATE = 10.0
"""Seconds after its own deadline after which a supervisor is given up, whatever it says."""


class Watcher(Protocol):
    """Somebody who looks on while trials run."""

    def trial_moved(self, seed: int, kind: str, what: Mapping[str, Any]) -> None:
        """Learn of a `phase`, a `sample`, the submission's `progress` or a `checkpoint`."""
        ...


@dataclass(frozen=True)
class Plan:
    """What a trial is given beside its instance.

    budget: seconds of wall-clock time after which it is stopped.
    share: seconds that the submission is told it has.
    calls: the positions of the test images in each call of predict; by default each image once,
        in order, at most BATCH a call.
    isolation: how the child is confined, see `isolation.choose`.
    """

    limits: Limits
    budget: float
    share: float
    checkpoints: bool
    calls: tuple[tuple[int, ...], ...] = ()
    isolation: Isolation = NONE


@dataclass
class Outcome:
    """What came of a trial.

    predictions: in the order of the instance's test images, or of the plan's calls; None unless
        the verdict is ok.
    ended: the supervisor's last word; empty where it never spoke.
    interrupted: somebody pressed Ctrl-C, though perhaps too late to change the verdict.
    given_up: why nobody waited any longer for the supervisor, if it was so.
    """

    verdict: Verdict
    predictions: Predictions | None = None
    form: str = ""
    ended: dict[str, Any] = field(default_factory=dict)
    log: str = ""
    samples: Series = field(default_factory=Series)
    progress: Series = field(default_factory=Series)
    checkpoints: Series = field(default_factory=Series)
    interrupted: bool = False
    given_up: str = ""


def run_trial(
    submission: Submission,
    instance: Instance,
    plan: Plan,
    watcher: Watcher | None = None,
    supervisor: SupervisorProcess | None = None,
) -> Outcome:
    """Run one submission on one instance, and leave no process and no file behind.

    supervisor: one that was started beforehand, which saves its start; else a new one.

    Ctrl-C ends the trial, and the outcome says so.
    """
    supervisor = supervisor or SupervisorProcess(plan.isolation)
    process = supervisor.process
    plan = replace(plan, calls=plan.calls or _calls(submission, instance))
    with ExitStack() as stack:
        stack.enter_context(closing(supervisor))
        user = _nobody() if plan.isolation.drop else None
        private = stack.enter_context(private_folder(submission, user))
        job = _job(submission, instance, plan, private, user)
        others = {stray.pid for stray in strays(())}
        try:
            outcome = _Conversation(supervisor, job, instance, plan, watcher).hold()
            if not outcome.ended:
                process.kill()  # stopped, or not itself any more; its child dies with it
        finally:
            supervisor.close()
            if process.returncode != 0:
                end_strays(others, KILL_PATIENCE)
                cgroups.clear(private.name)
    if not outcome.ended and not outcome.interrupted:
        said = supervisor.last_words
        lines = said.splitlines() or [outcome.given_up or _how_it_left(process.returncode)]
        reason = f"the supervisor failed: {lines[-1]}"
        outcome.verdict = Verdict("harness-error", "", reason, traceback=said)
    return outcome


def _nobody() -> int:
    """Return a user for root's child to become: never would it stay root for want of one."""
    user = linux.unused_user()
    if user is None:
        raise ConfigError("no user number is free for a trial to run as", "Score as another user.")
    return user


def _how_it_left(status: int) -> str:
    if status >= 0:
        return f"it left with status {status}"
    return f"it was ended by signal {-status}"


class _Conversation:
    """What parent and supervisor say to each other in one trial."""

    def __init__(
        self,
        supervisor: SupervisorProcess,
        job: Mapping[str, Any],
        instance: Instance,
        plan: Plan,
        watcher: Watcher | None,
    ) -> None:
        self._supervisor = supervisor
        process = supervisor.process
        assert process.stdin is not None
        assert process.stdout is not None
        self._job = job
        self._instance = instance
        self._plan = plan
        self._watcher = watcher
        self._classes = len(instance.class_names)
        self._outbox = Outbox(process.stdin)
        self._inbox: Inbox = queue.Queue(maxsize=64)
        pump("", process.stdout, frames.supervisor_bounds(job["predictions_bound"]), self._inbox)
        self._outcome = Outcome(Verdict("interrupted", "start"))
        self._failed: dict[str, Any] | None = None
        self._fault = ""
        self._checkpoint: dict[str, Any] | None = None
        self._parts: list[Predictions] = []
        self._batches: list[Images] = []

    def hold(self) -> Outcome:
        """Hold the conversation to its end."""
        limit = START_PATIENCE + (1 + OFF_CLOCK_SHARE) * self._plan.budget + LATE
        last = time.monotonic() + limit
        try:
            self._outbox.put(frames.encode(Kind.START, self._job))
            self._outbox.put(Frame(Kind.TRAIN_IMAGES, pack_images(self._instance.train_images)))
            self._outbox.put(Frame(Kind.TRAIN_LABELS, pack_labels(self._instance.train_labels)))
            self._listen(last)
        except KeyboardInterrupt:
            # The supervisor ends the tree as soon as it hears no more of us, and still reports.
            self._outcome.interrupted = True
            self._outbox.close(0.1)
            self._listen(time.monotonic() + 2 * KILL_PATIENCE)
        finally:
            self._outbox.close(0.1)
        if self._outcome.ended:
            self._conclude()
        return self._outcome

    def _listen(self, last: float) -> None:
        """Hear the supervisor to its end, or until it is given up, at the moment `last`."""
        heard = time.monotonic()
        while not self._outcome.ended:
            try:  # in short waits: a longer one cannot be interrupted on every system
                event = self._inbox.get(timeout=0.5)
            except queue.Empty:
                silence = time.monotonic() - heard
                if time.monotonic() > last or silence > SILENCE:
                    return
                if silence > STOPPED and self._supervisor.is_stopped():
                    self._outcome.given_up = "it was stopped by a signal"
                    return
                continue
            if not isinstance(event.what, Frame) or event.at > last:
                return  # the supervisor is gone, or no longer itself
            heard = event.at
            try:
                self._hear(event.what)
            except FrameError as error:  # the child's own words, relayed
                self._fault = self._fault or str(error)

    def _hear(self, frame: Frame) -> None:
        outcome = self._outcome
        match frame.kind:
            case Kind.READY:
                self._tell("phase", {"phase": "load"})
            case Kind.LOADED:
                outcome.form = str(frame.json().get("form", ""))[:200]
                self._tell("phase", {"phase": "train"})
            case Kind.TRAINED:
                self._tell("phase", {"phase": "predict"})
                self._ask_all()
            case Kind.CHECKPOINT:
                self._checkpoint = {"at": _last_sample_at(outcome), "step": None}
                self._ask_all()  # first: who cannot be understood must not wait for ever
                self._checkpoint["step"] = _step(frame.json().get("step"))
            case Kind.PREDICTIONS:
                self._take(frame)
            case Kind.PROGRESS:
                self._keep("progress", outcome.progress, _report(frame, outcome))
            case Kind.SAMPLE:
                self._keep("sample", outcome.samples, frame.json())
            case Kind.FAILED:
                self._failed = frame.json()
            case Kind.LOG:
                outcome.log = bytes(frame.payload).decode("utf-8", errors="replace")
            case Kind.ENDED:
                outcome.ended = frame.json()

    def _ask_all(self) -> None:
        images = self._instance.test_images
        self._parts = []
        self._batches = [images[list(call)] for call in self._plan.calls]
        self._ask_next()

    def _ask_next(self) -> None:
        self._outbox.put(Frame(Kind.PREDICT, pack_images(self._batches[len(self._parts)])))

    def _take(self, frame: Frame) -> None:
        """Take predictions for the batch that was asked last, and ask for the next."""
        count = len(self._batches[len(self._parts)])
        try:
            part = unpack_predictions(frame.payload, count, self._classes)
            if self._parts and part.ndim != self._parts[0].ndim:
                raise FrameError("predictions: labels for one batch, scores for another")
        except FrameError as error:
            self._fault = self._fault or str(error)
            part = np.zeros(count, np.int64)
        self._parts.append(part)
        if len(self._parts) < len(self._batches):
            self._ask_next()
        elif self._checkpoint is not None:
            self._score_checkpoint(self._checkpoint)
            self._checkpoint = None
            self._outbox.put(Frame(Kind.RESUME))

    def _score_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if not self._fault:
            whole = _join(self._parts)
            checkpoint["accuracy"] = accuracy(self._instance.test_labels, whole)
            self._keep("checkpoint", self._outcome.checkpoints, checkpoint)

    def _conclude(self) -> None:
        outcome = self._outcome
        limits = asdict(self._plan.limits) | {"wall": self._plan.budget}
        outcome.verdict = judge(outcome.ended, self._failed, self._fault, limits)
        if outcome.verdict.name == "ok":
            outcome.predictions = _join(self._parts)

    def _keep(self, kind: str, series: Series, point: dict[str, Any]) -> None:
        series.add(point)
        self._tell(kind, point)

    def _tell(self, kind: str, what: Mapping[str, Any]) -> None:
        if self._watcher is not None:
            self._watcher.trial_moved(self._instance.seed, kind, what)


def _calls(submission: Submission, instance: Instance) -> tuple[tuple[int, ...], ...]:
    every = tuple(range(len(instance.test_images)))
    size = len(every) if submission.commands else BATCH  # a script trains anew in each call
    return tuple(every[i : i + size] for i in range(0, len(every), size))


def _join(parts: Sequence[npt.NDArray[Any]]) -> Any:
    return np.concatenate(parts)


def _last_sample_at(outcome: Outcome) -> float | None:
    """Return the charged seconds of the last sample."""
    return outcome.samples.last["at"] if outcome.samples.last else None


def _report(frame: Frame, outcome: Outcome) -> dict[str, Any]:
    """Read what a submission reports of its progress; it may say anything."""
    said = frame.json()
    values = said.get("values")
    numbers = {
        str(name)[:40]: number
        for name, value in (values.items() if isinstance(values, dict) else ())
        if (number := _finite(value)) is not None
    }
    return {
        "at": _last_sample_at(outcome),
        "step": _step(said.get("step")),
        "total": _step(said.get("total")),
        "values": dict(list(numbers.items())[:20]),
    }


def _finite(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _step(value: Any) -> int | None:
    return value if isinstance(value, int) and abs(value) < 1 << 53 else None


def _job(
    submission: Submission, instance: Instance, plan: Plan, private: Path, user: int | None = None
) -> dict[str, Any]:
    """Say all that supervisor and child need to know, and nothing that tells the instance.

    user: whom the child becomes, if not the supervisor's own.
    """
    classes = len(instance.class_names)
    seen = Path(bubblewrap.INSIDE) if plan.isolation.files == "bubblewrap" else private / OWN
    return {
        "private": str(private),
        "own": str(private / OWN),
        "user": user,
        "isolation": plan.isolation._asdict(),
        "readable": paths.readable(),
        "listable": paths.listable(),
        "cwd": str(seen / "code"),
        "env": environment(private.name, seen, plan.limits.threads),
        "command": [
            sys.executable,
            "-P",
            "-c",
            "from submission_kit.child import main; main()",
        ],
        "limits": {
            "wall": plan.budget,
            "memory": plan.limits.memory,
            "processes": plan.limits.processes,
            "threads": plan.limits.threads,
            "file_size": plan.limits.file_size,
            "disk": plan.limits.disk,
            "files": plan.limits.files,
        },
        "batches": len(plan.calls),
        "predictions_bound": predictions_bound(max(map(len, plan.calls)), classes),
        "child": {
            "folder": str(seen / "code"),
            "entry": submission.entry,
            "commands": submission.commands,
            "params": submission.params,
            "classes": classes,
            "seed": instance.training_seed,
            "threads": plan.limits.threads,
            "deadline": plan.share,
            "checkpoints": plan.checkpoints,
        },
    }
