"""A supervisor, seen from the parent: its process, from start to end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from submission_kit import frames


class SupervisorProcess:
    """A supervisor, started and waiting for its trial, or in it.

    Without a trial it leaves when its input ends.

    last_words: what it printed, once it has ended: nothing, unless it failed.
    """

    last_words = ""

    def __init__(self) -> None:
        """Start it: an isolated interpreter that knows three folders and nothing else."""
        folders = {str(Path(__file__).parents[1]), str(Path(frames.__file__).parents[1])}
        psutil = find_spec("psutil")
        assert psutil is not None
        assert psutil.origin is not None
        folders.add(str(Path(psutil.origin).parents[1]))
        path = f"import sys; sys.path += {sorted(folders)!r}"
        main = "from evaluator.supervise import main; main()"
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this is
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", f"{path}; {main}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            env={name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
            start_new_session=True,
        )

    def end(self, patience: float = 5.0) -> None:
        """Let it leave: it ends the tree itself once its input has ended. Then make it."""
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
