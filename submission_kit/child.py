"""The trusted part of the untrusted process: loads a submission, trains it, has it predict.

It is started by the supervisor as a fresh interpreter and speaks frames on what were its standard
input and output. Once the submission is loaded nothing here can be relied on any more: what it
says of itself is a hint, and what it predicts is checked again by the parent.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from . import frames, hooks, torchvision_guard
from .arrays import Images, pack_embeddings, pack_predictions, unpack_images, unpack_labels
from .contract import (
    ContractError,
    InvalidOutput,
    Learner,
    Predict,
    check_embeddings,
    check_predictions,
    load,
)
from .frames import Frame, FrameError, Kind

MAX_TEXT = 8 * frames.KIB
"""Characters of a traceback that leave the child; none takes more than six bytes of the frame."""

MAX_LINE = 1000
"""Characters that leave the child of any other text."""


class Channel:
    """The two pipes to the supervisor."""

    def __init__(self) -> None:
        """Take over standard input and output; later prints go to the log, reads find nothing."""
        self._source = os.fdopen(os.dup(0), "rb", buffering=0)
        self._sink = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        # A submission may report from several threads; frames must not mix.
        self._lock = threading.Lock()

    def send(self, frame: Frame) -> None:
        """Send one frame."""
        with self._lock:
            frames.write(self._sink, frame)

    def receive(self) -> Frame:
        """Wait for the next frame; leave where the supervisor is gone."""
        frame = frames.read(self._source, frames.TRUSTED_BOUNDS)
        if frame is None:
            sys.exit(0)
        return frame

    def expect(self, kind: Kind) -> Frame:
        """Wait for a frame of that kind."""
        frame = self.receive()
        if frame.kind is not kind:
            raise FrameError(f"expected {kind.name}, got {frame.kind.name}")
        return frame


class Session:
    """One trial, seen from inside; also what stands behind the submission's hooks."""

    def __init__(self, channel: Channel, start: Mapping[str, Any]) -> None:
        self._channel = channel
        self._start = start
        self._folder = Path(start["folder"])
        self._began = time.monotonic()
        self._phase = "load"

    def run(self) -> None:
        """Load, train, predict until the supervisor says to finish."""
        learner = self._guarded(self._load)
        self._send_json(Kind.LOADED, {"form": learner.form})
        images = unpack_images(self._channel.expect(Kind.TRAIN_IMAGES).payload)
        labels = unpack_labels(self._channel.expect(Kind.TRAIN_LABELS).payload)
        self._phase = "train"
        hooks._listen(self)
        predict = self._guarded(lambda: learner.train(images, labels, self._offered()))
        if self._start["embed"] and _embeds(predict):
            said = {"step": None, "final": True}
            self._guarded(lambda: self._offer(predict, said))
        self._phase = "predict"
        self._channel.send(Frame(Kind.TRAINED))
        while (frame := self._channel.receive()).kind is Kind.PREDICT:
            batch = unpack_images(frame.payload)
            self._guarded(lambda batch=batch: self._predict(predict, batch))  # type: ignore[misc]

    def progress(self, report: Mapping[str, Any]) -> None:
        """Pass on what the submission reports of itself."""
        frame = frames.encode(Kind.PROGRESS, report)
        if len(frame.payload) <= frames.PROGRESS_BOUND:
            self._channel.send(frame)

    def checkpoint(self, step: int, predict: Callable[..., Any]) -> None:
        """Have an intermediate model scored."""
        if self._start["checkpoints"]:
            self._offer(predict, {"step": step})

    def _offer(self, predict: Callable[..., Any], said: Mapping[str, Any]) -> None:
        """Answer the parent's PREDICT and EMBED frames from a model, until RESUME."""
        self._send_json(Kind.CHECKPOINT, {**said, "embeds": _embeds(predict)})
        while (frame := self._channel.receive()).kind in (Kind.PREDICT, Kind.EMBED):
            batch = unpack_images(frame.payload)
            if frame.kind is Kind.PREDICT:
                self._predict(predict, batch)
            else:
                self._embed(predict, batch)

    def _load(self) -> Learner:
        start = self._start
        if not start["commands"]:
            return load(self._folder, start["entry"], start["params"])
        from . import commands  # few submissions are scripts

        return commands.learner(self._folder, start["commands"], start["classes"])

    def _offered(self) -> dict[str, Any]:
        left = self._start["deadline"] - (time.monotonic() - self._began)
        return {"seed": self._start["seed"], "threads": self._start["threads"], "deadline": left}

    def _predict(self, predict: Predict, batch: Images) -> None:
        predictions = check_predictions(predict(batch), len(batch), self._start["classes"])
        _flush()
        self._channel.send(Frame(Kind.PREDICTIONS, pack_predictions(predictions)))

    def _embed(self, predict: Any, batch: Images) -> None:
        embeddings = check_embeddings(predict.embed(batch), len(batch))
        _flush()
        self._channel.send(Frame(Kind.EMBEDDINGS, pack_embeddings(embeddings)))

    def _guarded(self, step: Callable[[], Any]) -> Any:
        """Run a step of the submission; what it raises is reported, and ends the process."""
        try:
            return step()
        except BaseException as error:  # SystemExit too: leaving is not an answer
            self._fail(error)

    def _fail(self, error: BaseException) -> NoReturn:
        _flush()
        contract = isinstance(error, ContractError)
        self._send_json(
            Kind.FAILED,
            {
                "phase": self._phase,
                "verdict": _verdict(error),
                "message": str(error)[:MAX_LINE] if contract else _one_line(error),
                "where": self._where(error)[:MAX_LINE],
                "traceback": "" if contract else self._traceback(error),
            },
        )
        sys.exit(1)

    def _where(self, error: BaseException) -> str:
        """Return `file:line` of the submission's last frame, or nothing."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if self._is_the_submissions(frame.filename):
                return f"{Path(frame.filename).relative_to(self._folder)}:{frame.lineno}"
        if isinstance(error, SyntaxError) and error.filename:
            return f"{Path(str(error.filename)).name}:{error.lineno}"
        return ""

    def _traceback(self, error: BaseException) -> str:
        """Return the traceback from the submission's first frame on, with paths cut short."""
        tb = error.__traceback__
        while tb is not None and not self._is_the_submissions(tb.tb_frame.f_code.co_filename):
            tb = tb.tb_next
        lines = traceback.format_exception(type(error), error, tb or None)
        text = "".join(lines).replace(f"{self._folder}{os.sep}", "")
        if len(text) <= MAX_TEXT:
            return text
        return f"{text[: MAX_TEXT // 2]}\n…\n{text[-MAX_TEXT // 2 :]}"

    def _is_the_submissions(self, file_name: str) -> bool:
        return Path(file_name).is_relative_to(self._folder)

    def _send_json(self, kind: Kind, value: Mapping[str, Any]) -> None:
        self._channel.send(frames.encode(kind, value))


def _embeds(predict: Any) -> bool:
    """Whether a model offers `embed` beside `predict`."""
    return callable(getattr(predict, "embed", None))


def _verdict(error: BaseException) -> str:
    if isinstance(error, InvalidOutput):
        return "invalid-output"
    out_of_memory = isinstance(error, MemoryError) or "can't allocate memory" in _one_line(error)
    return "memory" if out_of_memory else "error"


def _one_line(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}"[:MAX_LINE]


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the submission may have closed or replaced it
            continue


def main() -> None:
    """Run one trial's child."""
    channel = Channel()
    torchvision_guard.install()
    channel.send(Frame(Kind.READY))
    Session(channel, channel.expect(Kind.START).json()).run()
