"""What a dead evaluator left behind is ended and removed by the next one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from evaluator.private import UNCLAIMED, private_folder, sweep
from submission_kit.submission import open_submission
from submission_kit.temporary import PREFIX
from tests.conftest import SUBMISSIONS, is_running
from tests.zips import NATIVE, made_of, zipped

HANG = """
import sys
from evaluator.datasets import open_dataset
from evaluator.run import score
from evaluator.track import open_track
from pathlib import Path
from submission_kit.submission import open_submission
score(open_submission(Path(sys.argv[1])), open_track("digits-100"), open_dataset("digits"),
      "dev", Path(sys.argv[2]), isolation="none")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are known by their environment")
def test_a_dead_evaluators_trial_is_ended(tmp_path: Path) -> None:
    """Where the supervisor could not see to it: here it is stopped."""
    folder = tmp_path / "sub"
    folder.mkdir()
    (folder / "submission.yaml").write_text("entry: submission:train\n")
    (folder / "submission.py").write_text("import time\ndef train(*_): time.sleep(100)\n")
    evaluator = subprocess.Popen([sys.executable, "-c", HANG, str(folder), str(tmp_path / "run")])
    tree: list[psutil.Process] = []
    end = time.monotonic() + 20
    while len(tree) < 3 and time.monotonic() < end:  # two supervisors, the next one's among them
        tree = psutil.Process(evaluator.pid).children(recursive=True)
        time.sleep(0.1)
    time.sleep(0.5)
    for process in tree:
        process.send_signal(signal.SIGSTOP)
    evaluator.kill()
    evaluator.wait()
    time.sleep(0.2)
    supervisor = next(process for process in tree if process.name().startswith(PREFIX))
    left = Path(tempfile.gettempdir(), supervisor.name())
    assert supervisor.status() == psutil.STATUS_STOPPED
    assert left.is_dir()
    try:
        assert left in sweep()
        assert not left.exists()
        gone, _ = psutil.wait_procs([supervisor], timeout=2)
        assert gone
    finally:
        for process in tree:
            if process.is_running():
                process.kill()


def test_what_is_in_use_is_left_alone() -> None:
    with private_folder(open_submission(SUBMISSIONS / "ok" / "constant")) as private:
        assert private not in sweep()
        assert (private / "trial" / "code" / "submission.py").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from submission_kit.submission import open_submission
from submission_kit.checks.tree import open_tree
held = open_submission(Path(sys.argv[1])), open_tree(Path(sys.argv[1]))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing kills that hard")
def test_what_a_killed_process_had_unpacked_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, folder = tmp_path / "a.zip", tmp_path / "tmp"
    bundle.write_bytes(zipped(made_of(NATIVE)))
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    held = open_submission(bundle)
    assert not sweep()
    environment = os.environ | {"TMPDIR": str(folder)}
    subprocess.run([sys.executable, "-c", KILLED, str(bundle)], env=environment, check=False)
    assert len(list(folder.iterdir())) == 3
    assert len(sweep()) == 2
    assert held.files["submission.py"].read_bytes() == NATIVE["submission.py"]


def test_what_nobody_claims_is_removed_after_a_while() -> None:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    assert folder not in sweep()
    long_ago = time.time() - 2 * UNCLAIMED
    os.utime(folder, (long_ago, long_ago))
    assert folder in sweep()
    assert not folder.exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Anybody may put one into a temporary folder that is everybody's."""
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").touch()
    (victim / "owner.json").write_text('{"pid": 4194303, "created": 0}')
    link = Path(tempfile.gettempdir(), f"{PREFIX}link")
    link.symlink_to(victim)
    pipe = Path(tempfile.mkdtemp(prefix=PREFIX))
    os.mkfifo(pipe / "owner.json")
    try:
        assert not {link, pipe} & set(sweep())  # nor does it wait for a pipe's writer
        assert (victim / "file").exists()
    finally:
        link.unlink()
        (pipe / "owner.json").unlink()
        pipe.rmdir()


@pytest.mark.parametrize("claim", ["", "[]", "null", '{"pid": "x"}', '{"pid": -1, "created": 0}'])
def test_a_claim_that_cannot_be_read_ends_nobody(claim: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    (folder / "owner.json").write_text(claim)
    sweep()
    assert is_running(os.getpid())
    (folder / "owner.json").write_text("[" * 100_000)
    sweep()
    (folder / "owner.json").write_text(json.dumps({"pid": 2**22 - 1, "created": 0.0}))
    assert folder in sweep()
