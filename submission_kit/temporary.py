"""Temporary folders that say whose they are.

    subkit-…/
      owner.json   the number of the process that made it, and when
      content      what it is for

Each goes with the last who holds it. What a killed process could not remove is told from what is in
use by its owner, and goes with the next run, see `evaluator.private.sweep`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
import weakref
from pathlib import Path
from types import TracebackType

PREFIX = "subkit-"
OWNER = "owner.json"


def claim(folder: Path) -> None:
    """Write into a folder that it is this process's."""
    (folder / OWNER).write_text(json.dumps({"pid": os.getpid(), "created": time.time()}))


class TemporaryFolder:
    """A new temporary folder, for as long as this is held, or a `with` lasts.

    path: of the empty folder to be used.
    """

    def __init__(self) -> None:
        whole = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.remove = weakref.finalize(self, shutil.rmtree, whole, ignore_errors=True)
        self.path = whole / "content"
        claim(whole)
        self.path.mkdir()

    def __enter__(self) -> Path:
        """Return its path."""
        return self.path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove it."""
        self.remove()
