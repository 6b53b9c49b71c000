"""What several tests share: a small instance, a way to run a trial, a look for what is left."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from evaluator.datasets import open_dataset
from evaluator.instances import Instance, draw
from evaluator.isolation import NONE, Isolation
from evaluator.isolation.choose import choose, try_out
from evaluator.limits import Limits
from evaluator.plan import Outcome, Plan
from evaluator.private import TOKEN
from evaluator.track import Sampling, Track, open_track
from evaluator.trial import run_trial
from submission_kit.submission import Submission, open_submission

SUBMISSIONS = Path(__file__).parent / "submissions"


@pytest.fixture(scope="session")
def track() -> Track:
    """The digits with five test images a class, which keeps a trial short."""
    return dataclasses.replace(
        open_track("digits-100"), sampling=Sampling(train_per_class=10, test_per_class=5)
    )


@pytest.fixture(scope="session")
def instance(track: Track) -> Instance:
    return draw(track, open_dataset("digits"), "dev", 1)


@pytest.fixture
def run(instance: Instance) -> Callable[..., Outcome]:
    """Run a real trial: supervisor, child, limits and all."""

    def run(
        submission: Submission | Path,
        checkpoints: bool = True,
        isolation: Isolation = NONE,
        **limits: float,
    ) -> Outcome:
        if isinstance(submission, Path):
            submission = open_submission(submission)
        allowed = dataclasses.replace(Limits(), **{"wall": 60.0} | limits)
        plan = Plan(allowed, allowed.wall, allowed.wall, checkpoints, isolation=isolation)
        return run_trial(submission, instance, plan)

    return run


LAYERS = ("none", "landlock", "bubblewrap", "strongest")
"""Ways to confine a trial that tests go through; `strongest` adds control groups."""


@functools.cache
def layer(name: str) -> Isolation | str:
    """Return a way to confine a trial, or why this machine does not have it."""
    if name == "none":
        return NONE
    if name == "strongest":
        found = choose()
        return found if found.groups else f"no control groups: {found.lack('L3')}"
    if sys.platform != "linux":
        return "it needs Linux"
    reasons = []
    for drop in (True, False) if os.getuid() == 0 else (False,):
        way = Isolation(name, filter=True, drop=drop)  # type: ignore[arg-type]
        if not (reason := try_out(way)):
            return way
        reasons.append(reason)
    return f"{name} does not work here: {'; '.join(reasons)}"


def confined(name: str) -> Isolation:
    """Return a way to confine a trial; skip the test where this machine does not have it."""
    found = layer(name)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Write a submission's folder from its code."""

    def make(code: str, described: str = "entry: submission:train\n", name: str = "made") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "submission.py").write_text(code)
        (folder / "submission.yaml").write_text(described)
        return folder

    return make


def is_running(pid: int) -> bool:
    """Whether a process still does anything; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def command_lines() -> list[list[str]]:
    """Return the arguments of every process."""
    return [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder() -> Iterator[None]:
    """Keep the trials of these tests apart from any others that this machine runs.

    Pytest's own folders are closed to other users, whom root's trials become.
    """
    with tempfile.TemporaryDirectory(prefix="trials-") as folder:
        Path(folder).chmod(0o711)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", folder)
            patch.setattr(tempfile, "tempdir", folder)
            yield


def trial_processes() -> set[int]:
    """Processes of these tests' trials: supervisors, and all that have a private folder."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "evaluator.supervise" in " ".join(process.cmdline()):
                found.add(process.pid)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            token = process.environ().get(TOKEN)
            if token and (Path(tempfile.gettempdir()) / token).exists():
                found.add(process.pid)
    return found
