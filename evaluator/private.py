"""What a trial has for itself: a folder with its code, home and temporary files, an environment."""

from __future__ import annotations

import contextlib
import json
import os
import site
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from submission_kit.errors import ConfigError
from submission_kit.submission import Submission
from submission_kit.temporary import OWNER, PREFIX, claim

from .disk import remove
from .isolation import cgroups

TOKEN = "SUBKIT_TRIAL"
"""Environment variable of a trial's processes: the name of its private folder."""

UNCLAIMED = 3600.0
"""Seconds after which a private folder that does not say whose it is counts as left behind."""


OWN = "trial"
"""The folder within a private folder that is the trial's own; beside it stands whose it is."""

FOLDERS = ("code", "home", "tmp")
"""What is in it."""


@contextlib.contextmanager
def private_folder(submission: Submission, user: int | None = None) -> Iterator[Path]:
    """Lay out what the trial alone may use, and remove it afterwards.

    The folder itself stays the evaluator's, and says so for `sweep`.

    user: whom the trial's processes run as, if not as this one's user.

    Raises:
        ConfigError: there is no room for it.
    """
    try:
        private = Path(tempfile.mkdtemp(prefix=PREFIX))
    except OSError as error:
        raise _no_room(tempfile.gettempdir(), error) from error
    try:
        try:
            _lay_out(submission, private, user)
        except OSError as error:
            raise _no_room(str(private), error) from error
        yield private
    finally:
        remove(str(private))


def _lay_out(submission: Submission, private: Path, user: int | None) -> None:
    claim(private)
    own = private / OWN
    for name in FOLDERS:
        (own / name).mkdir(parents=True)
    submission.lay_out(own / "code")
    if user is not None:
        private.chmod(0o711)
        for folder, _, files in os.walk(own):
            for path in (folder, *(os.path.join(folder, file) for file in files)):  # noqa: PTH118
                os.chown(path, user, user)


def _no_room(where: str, error: OSError) -> ConfigError:
    mend = "Free some space there, or set TMPDIR to a folder on another disk."
    return ConfigError(f"{where}: no room for a trial's files: {error.strerror}", mend)


def sweep() -> list[Path]:
    """End and remove what evaluators left behind that are no more; return their folders.

    Their trials' processes are known by the folder's name: it is the supervisor's own, stands in
    the children's environment, and names their control group.
    """
    stale = [path for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if _is_stale(path)]
    for folder in stale:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if _belongs(process, folder.name):
                    process.kill()
        cgroups.clear(folder.name)
        remove(str(folder))
    return stale


def _is_stale(folder: Path) -> bool:
    """Whether it is this user's, and its evaluator is no more.

    In a temporary folder that is everybody's, others may have put links and pipes in our way.
    """
    owned = folder / OWNER
    try:
        about = folder.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != getattr(os, "getuid", lambda: 0)():
            return False
        if not os.path.lexists(owned):  # being made, or nobody's
            return time.time() - about.st_mtime > UNCLAIMED
        owner = json.loads(owned.read_text()) if owned.is_file() else {}
        return not _is_alive(owner["pid"], owner["created"])
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return False


def _is_alive(pid: int, claimed: float) -> bool:
    """Whether there is a process of that number, and not a later one of the same number."""
    try:
        return psutil.Process(pid).create_time() < claimed + 1
    except psutil.Error:
        return False


def _belongs(process: psutil.Process, name: str) -> bool:
    return process.name() == name or process.environ().get(TOKEN) == name


def environment(name: str, seen: Path, threads: int) -> dict[str, str]:
    """Return the child's environment: nothing of ours but what it needs to run.

    name: the private folder's.
    seen: where the child finds its folders.
    """
    kept = ("PATH", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    home, temporary = str(seen / "home"), str(seen / "tmp")
    environment |= dict.fromkeys(("HOME", "USERPROFILE"), home)
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)
    environment[TOKEN] = name
    environment |= dict.fromkeys(("USER", "LOGNAME"), "submission")
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
