"""The command as people type it: a real process, its output, its exit code."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from submission_kit import __version__
from submission_kit.cli import run as run_command
from tests.conftest import SUBMISSIONS

COMMAND = [sys.executable, "-c", "from submission_kit.cli import main; main()"]
CONSTANT = SUBMISSIONS / "ok" / "constant"


@pytest.fixture
def subkit(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `subkit` in a folder of its own."""

    def subkit(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            env={k: v for k, v in os.environ.items() if k != "SUBKIT_DATA"},
        )

    return subkit


def test_help_and_version(subkit: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = subkit("--help")
    assert done.returncode == 0
    assert "score " in done.stdout
    assert "instance " in done.stdout
    assert subkit("--version").stdout == f"subkit, version {__version__}\n"


def test_a_score_end_to_end(
    subkit: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = subkit("score", CONSTANT, "--instances", "1-2")
    assert done.returncode == 0, done.stderr
    assert "2 of the track's 5 instances: no score yet" in done.stdout
    done = subkit("score", CONSTANT)
    assert "accuracy 10.00 % ± 0.00 sd" in done.stdout
    assert "instance 2: ok, accuracy 10.00 %, 0.0 s (from an earlier run)" in done.stderr
    assert "instance 3: ok, accuracy 10.00 %" in done.stderr
    assert "of 2:00:00 for the whole run" in done.stdout
    assert "\x1b[" not in done.stdout + done.stderr  # colours are for terminals
    folder = tmp_path / "runs" / "constant-digits-100-dev"
    assert json.loads((folder / "run.json").read_text())["score"] == pytest.approx(0.1)


def test_json_is_data_alone(subkit: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = subkit("score", CONSTANT, "--instances", "3", "--json", "--threads", "1")
    value = json.loads(done.stdout)
    assert value["schema"] == 1
    assert value["trials"][0]["verdict"]["name"] == "ok"
    assert value["trials"][0]["limits"]["threads"]["allowed"] == 1


def test_a_submission_that_falls_short(
    subkit: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = subkit("score", SUBMISSIONS / "error" / "raises_in_train", "--instances", "1,2")
    assert done.returncode == 1
    words = "instances 1, 2: error in train: ValueError: no idea (submission.py:5)"
    assert words in done.stdout
    assert done.stdout.count('raise ValueError("no idea")') == 1
    assert "no score: none of 2 instances is ok" in done.stdout


def test_what_the_check_finds_is_kept_and_stops_nothing(
    subkit: Callable[..., subprocess.CompletedProcess[str]], make: Callable[..., Path]
) -> None:
    folder = make(
        "import not_there_at_all\n"
        "def train(images, labels):\n"
        "    return lambda images: [0] * len(images)\n"
    )
    arguments = ("score", folder, "--instances", "1", "--json")
    done = subkit(*arguments)
    assert done.returncode == 1
    assert "check: 1 error;" in done.stderr
    found = json.loads(done.stdout)["findings"]
    assert {each["code"] for each in found} == {"C404"}
    assert found[0]["line"] == 1
    (folder / "submission.py").write_text(
        "def train(images, labels):\n    return lambda images: [0] * len(images)\n"
    )
    done = subkit(*arguments)
    assert done.returncode == 0
    assert "check:" not in done.stderr
    assert json.loads(done.stdout)["findings"] == []


def test_smoke(subkit: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    done = subkit("score", SUBMISSIONS / "ok" / "optional_arguments", "--smoke")
    assert done.returncode == 0, done.stdout
    assert "of 1:00 for the whole run" in done.stdout
    assert (tmp_path / "runs" / "optional_arguments-digits-100-dev-smoke").is_dir()


def test_params_limits_and_phase_come_through(
    subkit: Callable[..., subprocess.CompletedProcess[str]], make: Callable[..., Path]
) -> None:
    folder = make(
        "def train(images, labels, *, width, names):\n"
        "    print('got', width + 1, names)\n"
        "    return lambda images: [0] * len(images)\n",
        "entry: submission:train\nparams: {width: 1, names: []}\n",
    )
    done = subkit(
        "score", folder, "--phase", "final", "--instances", "1", "--wall", "90 s", "--memory",
        "1GB", "-p", "width=7", "--param", "names=[a, b]", "--json",
    )  # fmt: skip
    (trial,) = json.loads(done.stdout)["trials"]
    assert trial["log"]["tail"] == "got 8 ['a', 'b']\n"
    assert trial["limits"]["wall"]["allowed"] == 90
    assert trial["limits"]["memory"]["allowed"] == 1_000_000_000


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["score"], 2, "Missing argument 'SUBMISSION'"),
        (["score", "nowhere"], 1, "nowhere: does not exist"),
        (["score", CONSTANT, "--track", "digits"], 3, "Did you mean digits-100?"),
        (["score", CONSTANT, "--phase", "finals"], 3, "It has dev, final."),
        (["score", CONSTANT, "--wall", "soon"], 2, "expected a duration such as 2h"),
        (["score", CONSTANT, "--instances", "0"], 2, "expected numbers from 1"),
        (["score", CONSTANT, "-p", "epochs"], 2, "expected NAME=VALUE"),
        (["score", CONSTANT, "--track", "mnist-100", "--data", "gone"], 3, "there is no gone"),
        (["scor"], 2, "No such command 'scor'"),
    ],
)
def test_faults_are_said_with_their_mend(
    subkit: Callable[..., subprocess.CompletedProcess[str]],
    arguments: list[object],
    code: int,
    says: str,
) -> None:
    done = subkit(*arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_our_own_fault_is_said_to_be_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("evaluator.track.open_track", broken)
    assert run_command(["instance", "digits-100"]) == 4
    assert "this is our fault, not yours" in capsys.readouterr().err


def test_instance_tells_which_images(
    subkit: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    value = json.loads(subkit("instance", "digits-100", "--seed", "2", "--json").stdout)
    assert value["n"] == 87
    assert len(value["positions"]["7"]["train"]) == 10
    assert len(value["positions"]["7"]["test"]) == 77
    pins = json.loads((Path(__file__).parents[1] / "evaluator" / "instances.json").read_text())
    assert value["digest"] == pins["digits"]["dev"][1]
    assert f"digest   {value['digest']}" in subkit("instance", "digits-100", "--seed", "2").stdout


def test_without_a_terminal_a_long_trial_says_where_it_is(
    make: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("evaluator.cli.view.PLAIN_INTERVAL", 0.3)
    folder = make(
        "import time\n"
        "def train(images, labels):\n"
        "    time.sleep(1.5)\n"
        "    return lambda images: [0] * len(images)\n"
    )
    arguments = ["score", str(folder), "--instances", "1", "--out", str(tmp_path / "run")]
    assert run_command(arguments) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if " of 2:00:00" in line]
    assert 2 <= len(lines) <= 5
    assert any(line.startswith("  instance 1: train · ") for line in lines)


def test_a_terminal_gets_a_live_line(make: Callable[..., Path], tmp_path: Path) -> None:
    """On a real pseudo-terminal: phase, time of limit, memory and the submission's own words."""
    folder = make(
        "import time\n"
        "from submission_kit import progress\n"
        "def train(images, labels):\n"
        "    for step in range(1, 26):\n"
        "        progress(step, 25, loss=1 / step)\n"
        "        time.sleep(0.1)\n"
        "    return lambda images: [0] * len(images)\n"
    )
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120", "LINES": "30"}
    process = subprocess.Popen(
        [*COMMAND, "score", str(folder), "--instances", "1"],
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    seen = b""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            seen += os.read(ours, 65536)
        except OSError:  # the terminal is closed
            break
    os.close(ours)
    assert process.wait(timeout=10) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    assert re.search(
        r"instance 1: train · \d\.\d s of 2:00:00 · [\d.]+ MB · step \d+/25 loss", text
    )
    assert "accuracy 10.00 %" in text


def test_what_a_submission_says_moves_no_cursor(
    subkit: Callable[..., subprocess.CompletedProcess[str]], make: Callable[..., Path]
) -> None:
    folder = make(
        "def train(images, labels):\n"
        "    print('\\x1b[2J\\x07 gone [bold]bold[/bold] \\u202e')\n"
        "    raise ValueError('\\x1b[31m red')\n"
    )
    done = subkit("score", folder, "--instances", "1")
    assert "\x1b" not in done.stdout
    assert "\\x1b[31m red" in done.stdout
    assert "\\x1b[2J\\x07 gone [bold]bold[/bold] \\u202e" in done.stdout


@pytest.mark.parametrize(
    ("track", "file", "least"),
    [("cifar10-100", "cifar10-jpeg.zip", 0.15), ("mnist-100", "mnist.npz", 0.5)],
)
def test_real_images(
    subkit: Callable[..., subprocess.CompletedProcess[str]], track: str, file: str, least: float
) -> None:
    """The same submission, unchanged, on each track's real images: far better than chance."""
    data = Path(os.environ.get("SUBKIT_TEST_DATA", "")) / file
    if not data.is_file():
        pytest.skip(f"SUBKIT_TEST_DATA names no folder with {file}")
    folder = Path(__file__).parents[2] / "examples" / "nearest_mean"
    arguments = ["--track", track, "--phase", "final", "--data", data, "--instances", "1"]
    (trial,) = json.loads(subkit("score", folder, *arguments, "--json").stdout)["trials"]
    assert trial["verdict"]["name"] == "ok"
    assert trial["instance"]["test_images"] == 2000
    assert least < trial["accuracy"] < 0.9
