"""A supervisor, seen from the parent: its process, from start to end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile

import psutil

from .interpreter import isolated
from .isolation import NONE, Isolation
from .isolation.cgroups import scope


class SupervisorProcess:
    """A supervisor, started and waiting for its trial, or in it.

    Without a trial it leaves when its input ends.

    last_words: what it printed, once it has ended: nothing, unless it failed.
    """

    last_words = ""

    def __init__(self, isolation: Isolation = NONE) -> None:
        """Start it: an isolated interpreter that knows three folders and nothing else.

        isolation: of the trial that it waits for.
        """
        words = isolated("from evaluator.supervise import main; main()")
        names = ["SYSTEMROOT"]
        if isolation.groups == "systemd-run":
            words = [*scope(), *words]
            names += ["XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "PATH"]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this is
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            env={name: os.environ[name] for name in names if name in os.environ},
            start_new_session=True,
        )

    def is_stopped(self) -> bool:
        """Whether somebody stopped it by a signal."""
        try:
            return bool(psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED)
        except psutil.Error:
            return False

    def close(self, patience: float = 5.0) -> None:
        """Let it leave: it ends the tree itself once its input has ended. Then make it."""
        if self._errors.closed:
            return
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.kill()  # the child dies with it
            self.process.wait()
        self.process.stdout.close()
        self._errors.seek(0)
        self.last_words = self._errors.read().decode(errors="replace").strip()
        self._errors.close()
