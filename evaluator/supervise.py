"""The supervisor: a small trusted process that watches over one trial's child.

    parent ──START, images──▶ supervisor ──START, images──▶ child
           ◀─frames, samples─            ◀──frames, log────

It starts the child, clocks it, relays frames both ways, samples the process tree, and when the
trial is over, for whatever reason, kills the whole tree and says how it ended. The clock runs from
the child's READY frame, sent before any of the submission's code is touched. Where the parent
vanishes, the trial ends and its private folder is removed.

Nothing here blocks the clock: every stream has a thread of its own, and the main thread only waits
for the next event, the next sample or the deadline, whichever comes first.

This process starts once a trial, so it loads little: a few modules of the standard library, and
psutil once the child is on its way.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from submission_kit import frames
from submission_kit.frames import Frame, FrameError, Kind

from .cores import busy, quietest
from .disk import free_space, remove
from .isolation import linux
from .isolation.confine import confine
from .log import Log
from .pipes import Event, Inbox, Outbox, pump, thread
from .shared_memory import SharedMemory

if TYPE_CHECKING:
    from .meter import Excess

START_PATIENCE = 60.0
"""Seconds for the child's interpreter to come up, before the clock starts."""

EXIT_PATIENCE = 1.0
"""Seconds for a child that has answered everything to clean up and leave by itself."""

DRAIN_PATIENCE = 0.5
"""Seconds for the last frames of a child that is gone, where a descendant holds its pipe open."""

KILL_PATIENCE = 2.0
"""Seconds until the whole tree must be gone."""

OFF_CLOCK_SHARE = 0.25
"""Seconds of checkpoints that are not charged, as a share of the limit; beyond, the clock runs."""


class Clock:
    """Charged time: from READY on, less the checkpoints, whose time off the clock is bounded."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.started: float | None = None
        self._paused: float | None = None
        self._off = 0.0

    @property
    def paused(self) -> bool:
        """Whether a checkpoint is under way."""
        return self._paused is not None

    def off(self, now: float) -> float:
        """Return the seconds that are not charged."""
        running = 0.0 if self._paused is None else now - self._paused
        return min(self._off + running, OFF_CLOCK_SHARE * self.limit)

    def charged(self, now: float) -> float:
        """Return the seconds that are charged."""
        return 0.0 if self.started is None else now - self.started - self.off(now)

    def pause(self, now: float) -> None:
        """Stop charging."""
        self._paused = now

    def resume(self, now: float) -> None:
        """Charge again."""
        self._off, self._paused = self.off(now), None


class Supervisor:
    """One trial, from START to ENDED."""

    def __init__(
        self,
        job: Mapping[str, Any],
        parent: IO[bytes],
        outbox: Outbox,
        busy_before: dict[int, float],
    ) -> None:
        self._job = job
        self._busy_before = busy_before
        self._parent = parent
        self._outbox = outbox
        self._inbox: Inbox = queue.Queue(maxsize=64)
        self._clock = Clock(job["limits"]["wall"])
        linux.hide_memory()
        linux.name_process(os.path.basename(job["private"]))  # noqa: PTH119 - for `private.sweep`
        self._layers: dict[str, Any] = {"subreaper": linux.adopt_orphans()}
        self._log = Log()
        self._phase = "start"
        self._marks: dict[str, float] = {}
        self._asked = {Kind.PREDICT: 0, Kind.EMBED: 0}  # that wait for their answer
        self._batches_left = job["batches"]
        self._status: int | None = None
        self._reaped_cpu = 0.0
        self._reaped_memory = 0
        self._suspended_before = suspended()

    def run(self) -> str:
        """Watch the trial to its end, leave nobody behind, and return the cause of the end."""
        self._start()
        from .meter import FAST, Meter  # while the child imports what it needs
        from .processes import Tree

        memory, private = self._job["limits"]["memory"], self._job["private"]
        self._tree = Tree(os.getpid(), memory, private)
        self._meter = Meter(self._job, self._tree, self._confined, self._shared_memory)
        self._layers["sees_devices"] = self._tree.sees_devices
        try:
            cause, detail = self._watch(time.monotonic() + FAST / 5)
            ended_at = time.monotonic()
            if cause == "finished":
                self._let_it_leave()
        finally:
            group = self._confined.group
            left = self._tree.kill(KILL_PATIENCE, group.kill if group else lambda: None)
        for worker in (self._reaper, self._log_reader):
            worker.join(DRAIN_PATIENCE)
        account = self._account(cause, detail, ended_at, left)
        if group:
            group.remove(KILL_PATIENCE)
        self._shared_memory.empty()
        self._outbox.put(Frame(Kind.LOG, self._log.text()))
        self._outbox.put(frames.encode(Kind.ENDED, account))
        return cause

    def _start(self) -> None:
        user = self._job["user"]
        self._shared_memory = SharedMemory(user)
        self._cores = quietest(self._job["limits"]["threads"], self._busy_before)
        self._confined = confine(self._job, self._cores)
        self._layers |= self._confined.enforced
        self._layers["cleanup"] = (
            "supervisor, as the parent of all orphans"
            if self._layers["subreaper"]
            else "supervisor, tree as sampled"
        )
        process = subprocess.Popen(
            self._confined.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=None if self._confined.wrappers else self._job["cwd"],
            env=self._job["env"],
            start_new_session=True,
            pass_fds=self._confined.descriptors,
            preexec_fn=self._confined.prepare,  # noqa: PLW1509 - our other threads wait in the kernel
        )
        self._confined.close()
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._to_child = Outbox(process.stdin)
        bounds = frames.child_bounds(self._job["predictions_bound"])
        pump("child", process.stdout, bounds, self._inbox)
        self._log_reader = thread(self._log.read, process.stderr)
        self._reaper = thread(self._reap, process)
        self._to_child.put(frames.encode(Kind.START, self._job["child"]))
        self._spawned = time.monotonic()
        pump("parent", self._parent, frames.TRUSTED_BOUNDS, self._inbox)

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        """Reap the child and every orphan, until there is nobody left to reap."""
        if not hasattr(os, "wait4"):
            self._exited(process.wait())
            return
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status, usage = os.wait4(-1, 0)
                self._reaped_cpu += usage.ru_utime + usage.ru_stime
                unit = 1 if sys.platform == "darwin" else 1024
                self._reaped_memory = max(self._reaped_memory, usage.ru_maxrss * unit)
                if pid == process.pid:
                    self._exited(os.waitstatus_to_exitcode(status))

    def _exited(self, status: int) -> None:
        self._status = status
        # Full for so long only where nobody watches any more; reaping must go on then.
        with contextlib.suppress(queue.Full):
            self._inbox.put(Event("exit", time.monotonic()), timeout=1.0)

    def _watch(self, next_sample: float) -> tuple[str, str]:
        """Return the cause of the trial's end, and a detail for a person."""
        drain_until = float("inf")
        while True:
            now = time.monotonic()
            due = min(self._deadline(now), next_sample, drain_until)
            event = self._next_event(due - now)
            # What came in time counts, however late it is looked at.
            now = event.at if event else time.monotonic()
            if now >= self._deadline(now):
                return ("deadline", "") if self._clock.started else ("startup", "it sent no READY")
            if now >= drain_until:
                return "exit", ""
            if now >= next_sample:
                interval, excess = self._sample(now)
                if excess:
                    return excess
                next_sample = time.monotonic() + interval
            if event is None:
                continue
            if event.source == "exit":
                drain_until = event.at + DRAIN_PATIENCE
            elif event.source == "parent":
                if end := self._from_parent(event):
                    return end
            elif event.what is not None:
                if end := self._from_child(event):
                    return end
            elif self._status is not None:
                return "exit", ""
            # A child that closed its pipe and lives on is the clock's business.

    def _next_event(self, patience: float) -> Event | None:
        try:
            return self._inbox.get(timeout=max(0.0, patience))
        except queue.Empty:
            return None

    def _deadline(self, now: float) -> float:
        if self._clock.started is None:
            return self._spawned + START_PATIENCE
        return now + self._clock.limit - self._clock.charged(now)

    def _from_parent(self, event: Event) -> tuple[str, str] | None:
        frame = event.what
        if not isinstance(frame, Frame):
            return "parent-lost", str(frame or "")
        if frame.kind in self._asked:
            self._asked[frame.kind] += 1
        elif frame.kind is Kind.RESUME:
            self._clock.resume(event.at)
        self._to_child.put(frame)
        return None

    def _from_child(self, event: Event) -> tuple[str, str] | None:
        frame = event.what
        if isinstance(frame, FrameError):
            return "protocol", str(frame)
        assert frame is not None
        fault = self._advance(frame, event.at)
        if fault:
            return "protocol", fault
        self._outbox.put(frame)
        if frame.kind is Kind.FAILED:
            return "failed", ""
        return ("finished", "") if "predicted" in self._marks else None

    def _advance(self, frame: Frame, now: float) -> str | None:
        """Follow the child from phase to phase; return what was out of turn, if anything."""
        kind = frame.kind
        steps = {
            Kind.READY: ("start", "load"),
            Kind.LOADED: ("load", "train"),
            Kind.TRAINED: ("train", "predict"),
        }
        if kind in steps:
            before, after = steps[kind]
            if self._phase != before or self._clock.paused:
                return f"{kind.name} out of turn, in {self._phase}"
            self._phase = after
            self._mark(kind.name.lower(), now)
            if kind is Kind.READY:
                self._clock.started = now
        elif kind is Kind.CHECKPOINT:
            allowed = self._job["child"]["checkpoints"]
            if self._phase != "train" or self._clock.paused or not allowed:
                return f"CHECKPOINT out of turn, in {self._phase}"
            self._clock.pause(now)
        elif kind is Kind.PREDICTIONS:
            if not self._asked[Kind.PREDICT]:
                return "PREDICTIONS that nobody asked for"
            self._asked[Kind.PREDICT] -= 1
            if self._phase == "predict":
                self._batches_left -= 1
                if not self._batches_left:
                    self._mark("predicted", now)
        elif kind is Kind.EMBEDDINGS:
            if not self._asked[Kind.EMBED]:
                return "EMBEDDINGS that nobody asked for"
            self._asked[Kind.EMBED] -= 1
        return None

    def _mark(self, name: str, now: float) -> None:
        """Note the charged time at which something happened."""
        self._marks[name] = self._clock.charged(now) if self._clock.started else 0.0

    def _sample(self, now: float) -> tuple[float, Excess | None]:
        """Look at the tree; return the seconds to the next look, and what it has too much of."""
        charged = self._clock.charged(now)
        sample, interval, excess = self._meter.look(now, charged, self._reaped_cpu)
        sample |= {"at": round(charged, 3), "phase": self._phase}
        self._outbox.put(frames.encode(Kind.SAMPLE, sample))
        return interval, excess

    def _let_it_leave(self) -> None:
        """Give the child a moment to clean up after itself; libraries remove shared memory then."""
        self._phase = "exit"
        self._to_child.put(Frame(Kind.FINISH))
        self._to_child.close(EXIT_PATIENCE)
        self._reaper.join(EXIT_PATIENCE)

    def _account(self, cause: str, detail: str, ended_at: float, left: int) -> dict[str, Any]:
        charged = self._clock.charged(ended_at) if self._clock.started else 0.0
        group = self._confined.group
        if cause == "exit" and group and group.was_out_of_memory():  # between two samples
            cause, detail = "memory", f"{self._job['limits']['memory']}"
        used = self._meter.usage(self._reaped_cpu, self._reaped_memory)
        return {
            "cause": cause,
            "detail": detail,
            "phase": self._phase,
            "status": self._left_with(),
            "seconds": {
                "charged": charged,
                "off_clock": self._clock.off(ended_at),
                "suspended": round(suspended() - self._suspended_before, 1),
                "marks": self._marks,
            },
            "usage": used | {"processes_left": left, "cores": self._cores},
            "disk_free": free_space(self._job["private"]),
            "layer": self._layer(),
            "layers": self._layers,
            "log_bytes": self._log.total,
        }

    def _layer(self) -> str:
        if "files" in self._layers:
            return "L3" if self._confined.group else "L2"
        return "L1" if self._layers["subreaper"] else "L0"

    def _left_with(self) -> int | None:
        """Return the child's exit status; negative, the signal that ended it."""
        if self._confined.wrappers and self._status is not None and self._status > 128:
            return 128 - self._status  # as shells and bubblewrap say it
        return self._status


def suspended() -> float:
    """Return the seconds that the machine has slept, by two clocks of which one sleeps too."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.time() - time.monotonic()


def main() -> None:
    """Run one trial for the parent at the other end of standard input and output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    busy_before = busy()
    first = frames.read(source, frames.TRUSTED_BOUNDS)
    if first is None:
        return
    job = first.json()
    outbox = Outbox(sink)
    cause = Supervisor(job, source, outbox, busy_before).run()
    outbox.close(KILL_PATIENCE)
    if cause == "parent-lost":  # perhaps nobody is left to remove it
        remove(job["private"])
    os._exit(0)  # threads may still wait for streams that never end
