"""A run keeps what is finished, whoever ends it and however, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from evaluator.instances import Instance
from evaluator.private import PREFIX
from tests.conftest import SUBMISSIONS, confined, trial_processes

TRACK = """\
name: small
dataset: digits
phases: {dev: {split: train}, final: {split: test}}
sampling: {test_per_class: 5}
instances: 3
"""


@pytest.fixture
def started(tmp_path: Path, instance: Instance) -> Callable[..., subprocess.Popen[str]]:
    """Start a real `subkit score` that goes from instance to instance, and hangs in the last.

    It goes on from the first where `more` says so, by a file that only an open trial sees.
    """
    (tmp_path / "track.yaml").write_text(TRACK)
    folder = tmp_path / "sub"
    folder.mkdir()
    first = int(instance.train_images.sum())
    (folder / "submission.yaml").write_text(
        f"entry: submission:train\nparams: {{first: {first}, more: {tmp_path / 'more'}}}\n"
    )
    (folder / "submission.py").write_text(
        "import os, subprocess, time\n"
        "def train(images, labels, *, first, more):\n"
        "    if images.sum() != first:\n"
        "        try:\n"
        "            os.unlink(more)\n"
        "        except OSError:\n"
        f"            subprocess.Popen(['sleep', '100', '{HANGS[1]}'], start_new_session=True)\n"
        "            time.sleep(100)\n"
        "    return lambda images: [0] * len(images)\n"
    )

    def start(isolation: str = "none") -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from submission_kit.cli import main; main()", "score"]
        options = ["--track", str(tmp_path / "track.yaml"), "--out", str(tmp_path / "run")]
        return subprocess.Popen(
            [*command, str(folder), *options, "--isolation", isolation],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Tests that a shell runs in the background inherit that Ctrl-C is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    return start


HANGS = ["100", "0.25"]
"""Arguments of the `sleep` that the hanging trial starts."""


def wait_until_it_hangs(evaluator: subprocess.Popen[str]) -> list[psutil.Process]:
    """Wait for the trial that never ends, and return its tree."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        tree = psutil.Process(evaluator.pid).children(recursive=True)
        for process in tree:
            with contextlib.suppress(psutil.Error):
                if process.cmdline()[1:] == HANGS:
                    return tree
        time.sleep(0.05)
    raise AssertionError("it does not hang")


@pytest.mark.parametrize("how", ["none", "strongest"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_ending_the_evaluator_leaves_no_process_and_loses_no_trial(
    started: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
    number: signal.Signals,
    how: str,
) -> None:
    confined(how)
    before = trial_processes(), private_folders()
    evaluator = started("none" if how == "none" else "auto")
    tree = wait_until_it_hangs(evaluator)
    assert len(tree) >= 3  # supervisor, child, and what the child started
    assert private_folders() > before[1]

    evaluator.send_signal(number)
    output = evaluator.communicate(timeout=10)[0]
    _, alive = psutil.wait_procs(tree, timeout=2)
    assert not alive
    assert trial_processes() <= before[0]
    time.sleep(0.2)
    assert private_folders() <= before[1]
    if number == signal.SIGINT:
        assert evaluator.returncode == 130
        assert "interrupted" in output
        assert "the same command goes on" in output

    kept = json.loads((tmp_path / "run" / "trials" / "1.json").read_text())
    assert kept["verdict"]["name"] == "ok"
    second = tmp_path / "run" / "trials" / "2.json"
    if number == signal.SIGINT:
        assert json.loads(second.read_text())["verdict"]["name"] == "interrupted"
    else:
        assert not second.exists()


def private_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))


def test_an_interrupted_run_goes_on(
    started: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    evaluator = started()
    wait_until_it_hangs(evaluator)
    evaluator.kill()
    evaluator.communicate(timeout=10)
    (tmp_path / "more").touch()
    evaluator = started()
    wait_until_it_hangs(evaluator)  # instance 2 ran well, instance 3 hangs
    evaluator.send_signal(signal.SIGINT)
    output = evaluator.communicate(timeout=10)[0]
    assert "instance 1: ok, accuracy 10.00 %, 0.0 s (from an earlier run)" in output
    assert json.loads((tmp_path / "run" / "trials" / "2.json").read_text())["accuracy"] == 0.1


def test_where_nothing_can_be_written_the_run_stops_and_goes_on_later(
    tmp_path: Path,
) -> None:
    """As on a full disk; here by the kernel's limit of the size of a file."""
    folder, out = str(SUBMISSIONS / "ok" / "noisy"), str(tmp_path / "run")
    code = (
        "import resource, sys\n"
        "from submission_kit.cli import run\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)\n"
        "options = ['--instances', '1', '--isolation', 'none', '--out', sys.argv[3]]\n"
        "sys.exit(run(['score', sys.argv[2], *options]))"
    )

    def score_with(size: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, str(size), folder, out]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    before = private_folders()
    said = score_with(100_000)  # the log is larger
    assert said.returncode == 3, said.stderr
    assert "1.log: cannot be written: File too large" in said.stderr
    assert "a run goes on where it stopped" in said.stderr
    assert private_folders() <= before
    assert not (tmp_path / "run" / "trials" / "1.json").exists()
    assert not list((tmp_path / "run").rglob(".*"))
    assert score_with(10**9).returncode == 0
    said = score_with(500)  # nor is there room for the submission's own files
    assert said.returncode == 3
