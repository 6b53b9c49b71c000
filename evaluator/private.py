"""What a trial has for itself: a folder with its code, home and temporary files, an environment."""

from __future__ import annotations

import contextlib
import os
import shutil
import site
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from submission_kit.submission import Submission


@contextlib.contextmanager
def private_folder(submission: Submission) -> Iterator[Path]:
    """Lay out what the trial alone may use, and remove it afterwards."""
    private = Path(tempfile.mkdtemp(prefix="subkit-"))
    try:
        for name in ("code", "home", "tmp"):
            (private / name).mkdir()
        submission.lay_out(private / "code")
        yield private
    finally:
        _remove(private)


def _remove(folder: Path) -> None:
    """Remove a folder, also where the submission took away the right to."""

    def allow_and_retry(function: Any, path: str, _: Any) -> None:
        with contextlib.suppress(OSError):
            Path(path).parent.chmod(0o700)
            Path(path).chmod(0o700)
            function(path)

    shutil.rmtree(folder, onerror=allow_and_retry)


def environment(private: Path, threads: int) -> dict[str, str]:
    """Return the child's environment: nothing of ours but what it needs to run."""
    kept = ("PATH", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    home, temporary = str(private / "home"), str(private / "tmp")
    environment |= dict.fromkeys(("HOME", "USERPROFILE"), home)
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)
    environment |= {
        "LANG": "C.UTF-8",
        "PYTHONFAULTHANDLER": "1",  # a segmentation fault leaves its stack in the log
        "PYTHONHASHSEED": "0",  # the same sets in the same order in every trial
        "PYTHONUNBUFFERED": "1",  # the log is whole when the clock strikes
        "MPLBACKEND": "Agg",
    }
    # Where another program holds a core, threads that spin while they wait take each other's time:
    # a step of training was seen to take 30 times as long.
    environment["OMP_WAIT_POLICY"] = "PASSIVE"
    counts = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")
    environment |= dict.fromkeys((f"{name}_NUM_THREADS" for name in counts), str(threads))
    # Hints, no limits: a submission can undo them. See `limits` for what is detected.
    environment |= dict.fromkeys(
        ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"), "-1"
    )
    environment |= {"NVIDIA_VISIBLE_DEVICES": "void", "JAX_PLATFORMS": "cpu"}
    if site.ENABLE_USER_SITE:  # packages installed for the user stay where they are
        environment["PYTHONUSERBASE"] = site.getuserbase()
    return environment
