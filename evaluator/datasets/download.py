"""Downloads a dataset through torchvision into the cache, once.

torchvision imports torch, which the evaluator's process never does: a child process downloads,
and this one reads the files. The child's progress goes straight to stderr; its stdout carries
nothing but the reason of a failure.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import submission_kit
from submission_kit.errors import DataError

# Our names and torchvision's.
DOWNLOADABLE = {"cifar10": "CIFAR10", "mnist": "MNIST"}

# Where our packages lie, installed or not.
_HOME = Path(submission_kit.__file__).parent.parent

_CHILD = """
import contextlib, socket, sys
torchvision_name, folder, home = sys.argv[1:]
sys.path.append(home)
socket.setdefaulttimeout(60)  # seconds without a byte; the default is to wait for ever
try:
    with contextlib.redirect_stdout(sys.stderr):
        from submission_kit.torchvision_guard import install
        install()
        import torchvision.datasets
        getattr(torchvision.datasets, torchvision_name)(folder, train=False, download=True)
except KeyboardInterrupt:
    sys.exit(130)
except BaseException as fault:
    print(f"{type(fault).__name__}: {fault}")
    sys.exit(1)
"""


def download(name: str, target: Path) -> None:
    """Download a dataset, one of DOWNLOADABLE, so that `target` becomes torchvision's folder.

    The folder appears under its name when it is complete, so that a download cut short is never
    taken for a dataset.

    Raises DataError with the last line of what went wrong.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target: a rename works within one file system only.
        partial = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    except OSError as fault:
        raise DataError(f"{target.parent} cannot be written to: {fault.strerror}") from fault
    try:
        print(f"downloading {name} to {target}", file=sys.stderr, flush=True)
        child = subprocess.run(
            # -P: the working folder may be a submission's; nothing is imported from there.
            [sys.executable, "-P", "-c", _CHILD, DOWNLOADABLE[name], str(partial), str(_HOME)],
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        if child.returncode == 130:  # the child saw Ctrl-C before we did
            raise KeyboardInterrupt
        if child.returncode != 0:
            said = child.stdout.strip().splitlines() or [f"exit status {child.returncode}"]
            raise DataError(f"downloading {name} failed: {said[-1]}")
        _put_in_place(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _put_in_place(partial: Path, target: Path) -> None:
    try:
        partial.rename(target)
    except OSError as fault:
        # Another process may have been faster; its download is as good as ours.
        if not (target.is_dir() and any(target.iterdir())):
            raise DataError(f"{target} cannot be written: {fault.strerror}") from fault
