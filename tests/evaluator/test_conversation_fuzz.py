"""Whatever a child says, in whatever order, its trial ends with a verdict and a whole record."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from evaluator import supervise, trial
from evaluator.cli.view import View
from evaluator.conversation import Conversation
from evaluator.instances import Instance
from evaluator.limits import Limits
from evaluator.pipes import Event
from evaluator.plan import Outcome, Plan
from evaluator.records import is_whole
from evaluator.run import _trial_record
from evaluator.supervise import Supervisor
from evaluator.track import Track
from evaluator.verdict import NAMES, judge
from submission_kit import frames
from submission_kit.arrays import pack_embeddings, pack_predictions
from submission_kit.findings import printable
from submission_kit.frames import Frame, FrameError, Kind
from submission_kit.submission import open_submission
from tests.conftest import SUBMISSIONS, trial_processes
from tests.strategies import inputs, json_bytes, texts, values

CONSTANT = open_submission(SUBMISSIONS / "ok" / "constant")
CLASSES = 10
SOURCE: Any = SimpleNamespace(source="here")
CALLS = (tuple(range(25)), tuple(range(25, 50)))
PLAN = Plan(Limits(), 60.0, 60.0, checkpoints=True, calls=CALLS, embed=True)
CHILD = list(frames.child_bounds(0))

WORDS = ("verdict", "message", "where", "traceback", "form", "step", "total", "values")
words = st.dictionaries(st.sampled_from(WORDS), texts | values).map(json.dumps).map(str.encode)
"""The right words with any meaning."""

payloads = st.one_of(
    words,
    json_bytes,
    st.binary(max_size=60),
    st.just(pack_predictions(np.zeros(25, np.int64))),
    st.just(pack_predictions(np.zeros((25, CLASSES), np.float32))),
    st.just(pack_embeddings(np.zeros((25, 2), np.float32))),
)
TURN = (Kind.READY, b"what it is its turn to say")
odd = st.one_of(
    st.tuples(st.sampled_from([Kind.PROGRESS, Kind.FAILED]), words),
    st.just((Kind.CHECKPOINT, b'{"step": 1}')),
    st.just((Kind.CHECKPOINT, b'{"step": 1, "embeds": true}')),
    st.just((Kind.CHECKPOINT, b'{"step": null, "embeds": true, "final": true}')),
    st.tuples(st.sampled_from([Kind.CHECKPOINT, Kind.FAILED, Kind.PREDICTIONS]), payloads),
    st.tuples(st.sampled_from(CHILD), payloads),
)
said = st.lists(
    st.lists(st.just(TURN), max_size=4).flatmap(lambda turns: odd.map(lambda one: [*turns, one])),
    max_size=6,
).map(lambda parts: [one for part in parts for one in part] + [TURN] * 8)
"""What a child says: what it is its turn to say, with odd frames in between."""


class Recorder:
    """Stands in for an outbox."""

    def __init__(self) -> None:
        self.sent: list[Frame] = []

    def put(self, frame: Frame) -> None:
        self.sent.append(frame)

    def take(self) -> Iterator[Frame]:
        while self.sent:
            yield self.sent.pop(0)


@dataclass(frozen=True)
class Real:
    """What there was to a real trial: the supervisor's first word and its last."""

    job: dict[str, Any]
    ended: dict[str, Any]


@pytest.fixture(scope="module")
def real(instance: Instance) -> Real:
    jobs = []
    make_job = trial._job

    def job(*arguments: Any) -> dict[str, Any]:
        jobs.append(make_job(*arguments))
        return jobs[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "_job", job)
        ended = trial.run_trial(CONSTANT, instance, PLAN).ended
    return Real(jobs[0], ended)


class Talk:
    """A trial without its processes: a real supervisor and a real parent, and a scripted child."""

    def __init__(self, instance: Instance, real: Real, view: View) -> None:
        job, self.ended = real.job, real.ended
        self.instance, self.job, self.view = instance, job, view
        self.to_child, self.to_parent, self.to_supervisor = Recorder(), Recorder(), Recorder()
        self.supervisor = Supervisor(job, io.BytesIO(), self.to_parent, {})  # type: ignore[arg-type]
        self.supervisor._to_child = self.to_child  # type: ignore[assignment]
        process = SimpleNamespace(stdin=io.BytesIO(), stdout=io.BytesIO())
        self.parent = Conversation(
            SimpleNamespace(process=process),  # type: ignore[arg-type]
            job,
            instance,
            PLAN,
            view,
        )
        self.parent._outbox.close(1.0)
        self.parent._outbox = self.to_supervisor  # type: ignore[assignment]
        self.now = time.monotonic()
        self.supervisor._spawned = self.now
        sample = {"at": 0.5, "phase": "load", "memory": 1, "cpu_time": 0.1, "processes": 1}
        self.parent._hear(frames.encode(Kind.SAMPLE, sample))

    def hear(self, what: Frame | FrameError) -> tuple[str, str] | None:
        """Have the child say something; return how the trial ends, if it does."""
        self.now += 0.01
        end = self.supervisor._from_child(Event("child", self.now, what))
        for frame in self.to_parent.take():
            try:
                self.parent._hear(frame)
            except FrameError as error:
                self.parent._fault = self.parent._fault or str(error)
        for frame in self.to_supervisor.take():
            assert self.supervisor._from_parent(Event("parent", self.now, frame)) is None
        return end

    def turn(self) -> Frame:
        """What a child in its right mind would say now."""
        questions = (Kind.PREDICT, Kind.EMBED)
        asked = [frame for frame in self.to_child.take() if frame.kind in questions]
        if asked:
            count = int.from_bytes(asked[-1].payload[:4], "little")
            if asked[-1].kind is Kind.EMBED:
                return Frame(Kind.EMBEDDINGS, pack_embeddings(np.ones((count, 2), np.float32)))
            return Frame(Kind.PREDICTIONS, pack_predictions(np.ones(count, np.int64)))
        following = {"start": Kind.READY, "load": Kind.LOADED, "train": Kind.TRAINED}
        return Frame(following.get(self.supervisor._phase, Kind.PROGRESS), b"{}")

    def end(self, cause: str, detail: str) -> Outcome:
        clock, now = self.supervisor._clock, self.now
        seconds = {
            "charged": clock.charged(now),
            "off_clock": clock.off(now),
            "marks": self.supervisor._marks,
        }
        own = {"cause": cause, "detail": detail, "phase": self.supervisor._phase}
        ended = self.ended | own | {"seconds": self.ended["seconds"] | seconds}
        self.parent._hear(frames.encode(Kind.ENDED, ended))
        self.parent._conclude()
        return self.parent._outcome


@pytest.fixture
def talk(
    instance: Instance, track: Track, real: Real, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Talk]:
    # The process that runs the tests stays as it is: its name, its memory, its orphans.
    monkeypatch.setattr(supervise, "linux", Mock())

    def talk() -> Talk:
        view = View(CONSTANT, track, "dev")
        # Strict, as a terminal is: what UTF-8 cannot write would raise.
        output = Console(file=io.TextIOWrapper(io.BytesIO(), "utf-8"), highlight=False)
        view._errors = view._output = output
        view.trial_started(instance.seed, 60.0)
        return Talk(instance, real, view)

    return talk


@inputs(250)
@given(said, st.booleans())
def test_any_conversation_ends_with_a_verdict_and_a_record(
    talk: Callable[[], Talk], said: list[tuple[Kind, bytes]], broken: bool
) -> None:
    trial = talk()
    end = None
    bounds = frames.child_bounds(trial.job["predictions_bound"])
    for kind, payload in said:
        frame = Frame(kind, payload[: bounds[kind]]) if payload != TURN[1] else trial.turn()
        if end := trial.hear(frame):
            break
        trial.view._errors.print(trial.view._line())
    if broken and end is None:
        end = trial.hear(FrameError("broken"))
    outcome = trial.end(*(end or ("exit", "")))
    assert outcome.verdict.name in NAMES
    assert (outcome.predictions is not None) == (outcome.verdict.name == "ok")
    record = {"key": "", **_trial_record(CONSTANT, trial.instance, SOURCE, PLAN, outcome)}
    assert is_whole(json.loads(json.dumps(record, ensure_ascii=False, allow_nan=False).encode()))
    assert len(json.dumps(record)) < 1_000_000
    trial.view.trial_ended(record, resumed=False)
    trial.view._print_failure([record])


@inputs(250)
@given(words | json_bytes)
def test_what_a_child_says_of_its_failure_is_a_hint(payload: bytes) -> None:
    try:
        failed = Frame(Kind.FAILED, payload).json()
    except FrameError:
        return
    ended = {"phase": "train", "cause": "failed", "detail": "", "status": None, "disk_free": None}
    verdict = judge(ended, failed, "", {})
    assert verdict.name in ("error", "invalid-output", "memory")
    for text in (verdict.reason, verdict.where, verdict.traceback):
        assert printable(text).isprintable()
        text.encode()


RUBBISH = '''\
"""Takes the channel of the harness and says what comes to its mind."""

import gc
import os
import random

from submission_kit.child import Channel
from submission_kit.frames import Kind

def train(images, labels, *, number):
    rng = random.Random(number)
    channel = next(thing for thing in gc.get_objects() if isinstance(thing, Channel))
    sink = channel._sink
    for _ in range(rng.randrange(1, 300)):
        kind = rng.choice([*map(int, Kind)] + 20 * [Kind.PROGRESS])
        payload = rng.choice([b"", b"{}", b"{\\"step\\": 1e999}", b"[" * 60_000, rng.randbytes(50)])
        announced = len(payload) if rng.random() < 0.97 else rng.choice([0, 7, 60_000, 1 << 63])
        sink.write(bytes([kind]) + announced.to_bytes(8, "little") + payload)
    if number % 2:
        os._exit(0)
    return lambda images: [0] * len(images)
'''


@pytest.mark.parametrize("number", range(10))
def test_a_real_child_that_talks_rubbish(
    make: Callable[..., Path], run: Callable[..., Outcome], number: int
) -> None:
    described = f"entry: submission:train\nparams: {{number: {number}}}\n"
    before, started = trial_processes(), time.monotonic()
    outcome = run(make(RUBBISH, described), wall=1.5)
    assert time.monotonic() - started < 6
    assert outcome.verdict.name in ("invalid-output", "error", "crash", "timeout")
    assert outcome.ended["usage"]["processes_left"] == 0
    assert trial_processes() <= before
