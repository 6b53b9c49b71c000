"""What parent and supervisor say to each other in one trial, heard by the parent.

The supervisor is trusted; what it relays from the child is not.
"""

from __future__ import annotations

import math
import queue
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from submission_kit import frames
from submission_kit.arrays import (
    Images,
    Predictions,
    pack_images,
    pack_labels,
    unpack_embeddings,
    unpack_predictions,
)
from submission_kit.frames import Frame, FrameError, Kind

from .instances import Instance
from .pipes import Inbox, Outbox, pump
from .plan import BATCH, Outcome, Plan, Watcher
from .scoring import accuracy
from .series import Series
from .supervise import KILL_PATIENCE, OFF_CLOCK_SHARE, START_PATIENCE
from .supervisor_process import SupervisorProcess
from .verdict import Verdict, judge

SILENCE = 30.0
"""Seconds without a sample after which a supervisor is given up; it sends two a second."""

STOPPED = 1.0
"""The same, where the supervisor is stopped by a signal: no honest submission sends it."""

LATE = 10.0
"""Seconds after its own deadline after which a supervisor is given up, whatever it says."""


class Conversation:
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
        self._embeds = False  # whether the checkpoint under way offers embeddings
        self._embedding = ""  # what is being embedded: before or after training

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
                self._start_checkpoint(frame)
            case Kind.PREDICTIONS:
                self._take(frame)
            case Kind.EMBEDDINGS:
                self._take_embeddings(frame)
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
            if self._embeds and "before" not in self._outcome.embeddings:
                self._ask_embeddings("before")
            else:
                self._resume()

    def _start_checkpoint(self, frame: Frame) -> None:
        """Ask what there is to ask of an intermediate model, or of the final one."""
        self._checkpoint = {"at": _last_sample_at(self._outcome), "step": None}
        self._embeds = False
        try:
            said = frame.json()
        except FrameError:
            self._ask_all()  # who cannot be understood must not wait for ever
            raise
        self._checkpoint["step"] = _step(said.get("step"))
        self._embeds = self._plan.embed and said.get("embeds") is True
        if self._embeds and said.get("final") is True:
            self._ask_embeddings("after")
        else:
            self._ask_all()

    def _ask_embeddings(self, name: str) -> None:
        self._embedding, self._parts = name, []
        instance = self._instance
        every = [instance.train_images, instance.test_images]
        self._batches = [part[i : i + BATCH] for part in every for i in range(0, len(part), BATCH)]
        self._outbox.put(Frame(Kind.EMBED, pack_images(self._batches[0])))

    def _take_embeddings(self, frame: Frame) -> None:
        """Take embeddings of the batch that was asked last, and ask for the next."""
        count = len(self._batches[len(self._parts)])
        try:
            part = unpack_embeddings(frame.payload, count)
            if self._parts and part.shape[1] != self._parts[0].shape[1]:
                raise FrameError("embeddings: of other dimensions in another batch")
        except FrameError as error:
            self._fault = self._fault or str(error)
            part = np.zeros((count, 1), np.float32)
        self._parts.append(part)
        if len(self._parts) < len(self._batches):
            self._outbox.put(Frame(Kind.EMBED, pack_images(self._batches[len(self._parts)])))
            return
        if not self._fault:
            self._outcome.embeddings[self._embedding] = _join(self._parts)
        self._resume()

    def _resume(self) -> None:
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
