"""What a run keeps of its trials, how it shares its time, and whose fault a failure is."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evaluator.datasets import open_dataset
from evaluator.isolation import Isolation, linux
from evaluator.run import Run, score
from evaluator.track import Track
from submission_kit.errors import ConfigError
from submission_kit.submission import open_submission
from tests.conftest import LAYERS, SUBMISSIONS, confined, is_running, trial_processes

CONSTANT = SUBMISSIONS / "ok" / "constant"


class Watched:
    def __init__(self) -> None:
        self.ended: list[tuple[int, bool]] = []
        self.budgets: list[float] = []

    def trial_started(self, seed: int, budget: float) -> None:
        self.budgets.append(budget)

    def trial_moved(self, seed: int, kind: str, what: Mapping[str, Any]) -> None: ...

    def trial_ended(self, record: Mapping[str, Any], resumed: bool) -> None:
        self.ended.append((record["instance"]["seed"], resumed))


@pytest.fixture
def go(track: Track, tmp_path: Path) -> Callable[..., tuple[Run, Watched]]:
    def go(folder: Path = CONSTANT, **options: Any) -> tuple[Run, Watched]:
        limits = options.pop("limits", {})
        rules = dataclasses.replace(
            track, limits=dataclasses.replace(track.limits, **limits), instances=3
        )
        watched = Watched()
        arguments = {"phase": "dev", "out": tmp_path / "run", "watcher": watched} | options
        return score(open_submission(folder), rules, open_dataset("digits"), **arguments), watched

    return go


def test_finished_trials_are_not_run_again(go: Callable[..., tuple[Run, Watched]]) -> None:
    first, watched = go(seeds=[1, 2])
    assert watched.ended == [(1, False), (2, False)]
    assert first.score.value is None  # two of three instances
    run, watched = go()
    assert watched.ended == [(1, True), (2, True), (3, False)]
    assert run.accuracies == {1: 0.1, 2: 0.1, 3: 0.1}
    assert run.score.value == pytest.approx(0.1)
    _, watched = go(fresh=True)
    assert watched.ended == [(1, False), (2, False), (3, False)]
    assert (run.folder / "earlier" / "1" / "trials" / "3.json").exists()


def test_another_submission_phase_or_limit_is_another_run(
    go: Callable[..., tuple[Run, Watched]], tmp_path: Path
) -> None:
    go(seeds=[1])
    for options in (
        {"phase": "final"},
        {"limits": {"wall": 100.0}},
        {"folder": SUBMISSIONS / "ok" / "list_of_ints"},
    ):
        assert go(seeds=[1], **options)[1].ended == [(1, False)]


def test_a_broken_record_is_made_anew(go: Callable[..., tuple[Run, Watched]]) -> None:
    run, _ = go(seeds=[1])
    record = run.folder / "trials" / "1.json"
    whole = record.read_text()
    value = json.loads(whole)
    for broken in (
        whole[:-100],
        json.dumps(value | {"verdict": "ok"}),
        json.dumps(value | {"limits": {}}),
        json.dumps(value | {"accuracy": "1.0"}),
        json.dumps(value | {"seconds": {"load": None}}),
    ):
        record.write_text(broken)
        assert go(seeds=[1])[1].ended == [(1, False)], broken[-200:]
        assert json.loads(record.read_text())["verdict"]["name"] == "ok"


def test_the_run_shares_its_time(go: Callable[..., tuple[Run, Watched]]) -> None:
    folder = SUBMISSIONS / "timeout" / "loops"
    run, watched = go(folder, limits={"wall": 1.0})
    verdicts = [(r["verdict"]["name"], r["verdict"]["phase"]) for r in run.records]
    assert verdicts == [("timeout", "train"), ("timeout", "load"), ("timeout", "load")]
    assert "used up" in run.records[1]["verdict"]["reason"]
    assert watched.budgets[0] == 1.0
    assert run.score.ok is None
    # The time of what is finished counts also where the run is resumed for other instances.
    _, watched = go(folder, limits={"wall": 1.0}, seeds=[4])
    assert watched.budgets[0] <= 0


def test_each_instance_may_have_its_own_time(go: Callable[..., tuple[Run, Watched]]) -> None:
    folder = SUBMISSIONS / "timeout" / "loops"
    run, watched = go(folder, limits={"wall": 0.5, "scope": "instance"}, seeds=[1, 2])
    assert watched.budgets == [0.5, 0.5]
    assert [r["verdict"]["phase"] for r in run.records] == ["train", "train"]


def test_a_submission_is_told_its_even_share(
    go: Callable[..., tuple[Run, Watched]], make: Callable[..., Path]
) -> None:
    folder = make(
        "def train(images, labels, *, deadline):\n"
        "    print(f'left {deadline}')\n"
        "    return lambda images: [0] * len(images)\n"
    )
    run, _ = go(folder, limits={"wall": 300.0})
    left = [float(record["log"]["tail"].split()[1]) for record in run.records]
    # What the first instances leave is the others' to use.
    assert left == pytest.approx([300 / 3, 300 / 2, 300], abs=2)


@pytest.mark.parametrize("how", LAYERS)
def test_a_record_says_who_enforced_what(go: Callable[..., tuple[Run, Watched]], how: str) -> None:
    means = confined(how)
    run, _ = go(seeds=[1], isolation=means)
    record = json.loads((run.folder / "trials" / "1.json").read_text())
    assert record["schema"] == 1
    for name, limit in record["limits"].items():
        assert {"allowed", "used", "unit", "enforced_by", "quality"} <= limit.keys(), name
    assert record["limits"]["wall"]["quality"] == "exact"
    assert record["limits"]["memory"]["used"] > 5_000_000
    assert record["seconds"].keys() == {
        "load",
        "train",
        "predict",
        "charged",
        "off_clock",
        "suspended",
    }
    assert (record["limits"]["network"]["quality"] == "exact") is (how != "none")
    assert (record["limits"]["reading"]["quality"] == "exact") is (how != "none")
    assert bool(record["isolation"]["remains"]) is (how != "strongest")
    if sys.platform == "linux":
        expected = {"none": "L1", "landlock": "L2", "bubblewrap": "L2", "strongest": "L3"}
        assert record["layer"] == expected[how]
        assert "orphans" in record["limits"]["processes_left"]["enforced_by"]


def test_curves_and_checkpoints_are_kept(go: Callable[..., tuple[Run, Watched]]) -> None:
    folder = SUBMISSIONS / "ok" / "reports"
    (record,) = go(folder, seeds=[1])[0].records
    assert [point["step"] for point in record["progress"]] == [1, 2, 3, 4, 5]
    assert [point["values"] for point in record["progress"]][:2] == [{"loss": 1.0}, {"loss": 0.5}]
    assert [c["step"] for c in record["checkpoints"]] == [1, 2, 3, 4, 5]
    assert all(c["accuracy"] == 0.1 for c in record["checkpoints"])
    (final,) = go(folder, seeds=[1], phase="final")[0].records
    assert final["verdict"]["name"] == "ok"
    assert final["checkpoints"] == []


def test_time_in_checkpoints_is_not_charged(
    go: Callable[..., tuple[Run, Watched]], make: Callable[..., Path]
) -> None:
    folder = make(
        "import time\n"
        "from submission_kit import checkpoint\n"
        "def train(images, labels):\n"
        "    def predict(images):\n"
        "        time.sleep(0.5)\n"
        "        return [0] * len(images)\n"
        "    checkpoint(1, predict)\n"
        "    checkpoint(2, predict)\n"
        "    return lambda images: [0] * len(images)\n"
    )
    (record,) = go(folder, seeds=[1], limits={"wall": 20.0})[0].records
    assert record["seconds"]["off_clock"] == pytest.approx(1.0, abs=0.5)
    assert record["seconds"]["charged"] < 0.9
    # No more than a quarter of the limit is free: a checkpoint is no place to train in.
    (record,) = go(folder, seeds=[1], limits={"wall": 0.7})[0].records
    assert record["verdict"]["name"] == "timeout"


def test_a_child_that_does_not_come_up_is_our_fault(
    go: Callable[..., tuple[Run, Watched]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken installation: no numpy where the child looks first."""
    (tmp_path / "numpy.py").write_text("raise ImportError('numpy is broken')\n")
    path = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    run, _ = go(seeds=[1], isolation="none")
    verdict = run.records[0]["verdict"]
    assert (verdict["name"], verdict["phase"]) == ("harness-error", "start")
    assert "numpy is broken" in run.records[0]["log"]["tail"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP])
def test_a_lost_supervisor_is_our_fault_and_the_trial_is_run_again(
    go: Callable[..., tuple[Run, Watched]],
    make: Callable[..., Path],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    """Where nothing keeps its signals in, that is."""
    pid_file = tmp_path / "pid"
    folder = make(
        "import os, subprocess, sys, time\n"
        "def train(images, labels):\n"
        "    daemon = subprocess.Popen(['sleep', '60'], start_new_session=True, env={})\n"
        f"    open({str(pid_file)!r}, 'w').write(str(daemon.pid))\n"
        f"    os.kill(os.getppid(), {int(number)})\n"
        "    time.sleep(60)\n"
    )
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        before = trial_processes()
        begun = time.monotonic()
        run, _ = go(folder, seeds=[1], isolation="none")
        assert time.monotonic() - begun < 8
        verdict = run.records[0]["verdict"]
        assert verdict["name"] == "harness-error"
        assert "signal" in verdict["reason"]
        assert trial_processes() <= before
        assert not is_running(int(pid_file.read_text()))
        assert bystander.poll() is None  # what is not the trial's is left alone
        assert go(folder, seeds=[1], isolation="none")[1].ended == [(1, False)]
    finally:
        bystander.kill()
        bystander.wait()


def test_the_child_reads_no_memory_of_its_supervisor(
    make: Callable[..., Path], run: Callable[..., Any]
) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads every process's memory, whatever is asked of the kernel")
    outcome = run(
        make(
            "import os\n"
            "def train(images, labels):\n"
            "    open(f'/proc/{os.getppid()}/environ').read()\n"
        )
    )
    assert "PermissionError" in outcome.verdict.reason


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_not_the_submissions_fault(
    go: Callable[..., tuple[Run, Watched]],
    make: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = make("def train(*_):\n    open('large', 'wb').write(bytes(20_000_000))\n")
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8M", "tmpfs", small], check=True)
    try:
        monkeypatch.setattr(tempfile, "tempdir", str(small))
        verdict = go(folder, seeds=[1])[0].records[0]["verdict"]
        assert verdict["name"] == "harness-error"
        assert "full" in verdict["reason"]
        with (small / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
            while True:
                filler.write(bytes(1000))
        with pytest.raises(ConfigError, match="no room"):
            go(folder, seeds=[1])
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_without_a_user_to_become_root_runs_nothing(
    go: Callable[..., tuple[Run, Watched]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linux, "unused_user", lambda: None)
    with pytest.raises(ConfigError, match="no user number is free"):
        go(seeds=[1], isolation=Isolation(drop=True))
