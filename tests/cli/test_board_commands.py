"""`leaderboard`, `compare` and `export` as people type them: where their output goes, and what of
it a submission's words can do to a terminal."""  # fmt: skip

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runs import HOSTILE, write_run

COMMAND = [sys.executable, "-c", "from submission_kit.cli import main; main()"]
VALUES = [[0.81, 0.80, 0.82, 0.79, 0.80], [0.41, 0.40, 0.42, 0.38, 0.40], [None] * 5]

Subkit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of two teams, and one that failed."""
    runs = tmp_path_factory.mktemp("board") / "runs"
    for number, values in enumerate(VALUES):
        write_run(runs / f"r{number}", values, team=f"team {number}")
    return runs


@pytest.fixture
def subkit(tmp_path: Path) -> Subkit:
    """Run `subkit` in an empty folder."""

    def subkit(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60,
            env=os.environ | environment,
        )

    return subkit


BEGINS = {
    "b.csv": "track,phase,rank",
    "b.json": "{",
    "b.md": "## `digits-100, dev`",
    "b.html": "<!doctype html>",
    "b.HTM": "<!doctype html>",
    "b.txt": "digits-100, dev: 3 teams",
}


@pytest.mark.parametrize("name", BEGINS)
def test_a_boards_format_by_its_files_name(
    subkit: Subkit, runs: Path, tmp_path: Path, name: str
) -> None:
    done = subkit("leaderboard", runs, "-o", name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"wrote {name}\n")
    assert (tmp_path / name).read_text().startswith(BEGINS[name])


@pytest.mark.parametrize("verb", ["leaderboard", "compare"])
def test_a_dash_is_stdout(subkit: Subkit, runs: Path, tmp_path: Path, verb: str) -> None:
    what = [runs] if verb == "leaderboard" else [runs / "r0", runs / "r1"]
    form = ["--format", "json"] if verb == "leaderboard" else ["--json"]
    done = subkit(verb, *what, *form, "-o", "-")
    assert json.loads(done.stdout)["schema"] == 1
    assert (done.stderr, list(tmp_path.iterdir())) == ("", [])


@pytest.mark.parametrize("verb", ["leaderboard", "compare"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_cannot_show_it_all(
    subkit: Subkit, tmp_path: Path, verb: str, encoding: str
) -> None:
    """It sees question marks for what it lacks; a file and the next program have it all."""
    for name in "ab":
        write_run(tmp_path / "runs" / name, [0.5, 0.6], "東京", team="東京")
    what = ["runs"] if verb == "leaderboard" else ["runs/a", "runs/b"]
    form = ["--format", "json"] if verb == "leaderboard" else ["--json"]
    done = subkit(verb, *what, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr, "??" in done.stdout) == (0, "", True)
    done = subkit(verb, *what, *form, PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert "東京" in done.stdout


def test_what_cannot_be_written(subkit: Subkit, runs: Path) -> None:
    for arguments in (
        ("leaderboard", runs, "-o", "no/board.html"),
        ("compare", runs / "r0", runs / "r1", "-o", "no/pair.html"),
        ("export", runs / "r0", "-o", "/proc/no"),
    ):
        done = subkit(*arguments)
        assert (done.returncode, done.stdout) == (3, "")
        assert "No such file or directory" in done.stderr
        assert "Traceback" not in done.stderr
    assert subkit("leaderboard", runs, "-o", ".").returncode == 2


def test_no_board(subkit: Subkit, runs: Path) -> None:
    done = subkit("leaderboard", runs, "--track", "other", "--phase", "x")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{runs}: holds no whole run on other in phase x\n"
    done = subkit("leaderboard", runs, "--track", "other", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["boards"]) == (1, [])
    assert subkit("leaderboard", "nowhere").returncode == 3


def test_runs_that_cannot_be_compared(subkit: Subkit, runs: Path) -> None:
    assert subkit("compare", runs / "r0").returncode == 2
    done = subkit("compare", runs / "r0", runs / "r2")
    assert done.returncode == 3
    reason = "have no instance in common: instances 1, 2, 3, 4, 5: r2: error"
    assert reason in done.stderr


def test_a_fault_that_names_a_submission_does_nothing(subkit: Subkit, tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE):
        write_run(tmp_path / f"a{number}", [0.5], text)
        write_run(tmp_path / f"b{number}", [None], text, verdict={"reason": text})
    done = subkit("compare", *(tmp_path / name for name in ("a2", "b2")))
    assert done.returncode == 3
    assert done.stderr.replace("\n", "").isprintable()
    assert r"\x1b[2J" in done.stderr
    broken = tmp_path / "\x1b]0;owned\x07"
    broken.mkdir()
    for arguments in (["compare", broken, broken], ["export", broken], ["leaderboard", broken]):
        done = subkit(*arguments)
        assert done.returncode in (1, 3)
        assert done.stderr.replace("\n", "").isprintable()


def test_an_export(subkit: Subkit, runs: Path, tmp_path: Path) -> None:
    done = subkit("export", runs / "r0")
    assert done.returncode == 0
    files = [Path(line) for line in done.stdout.splitlines()]
    assert {file.name for file in files} == {
        *("scores.txt", "scores.json", "detailed_results.html", "trials.csv", "junit.xml")
    }
    assert {file.parent for file in files} == {runs / "r0" / "export"}
    assert subkit("leaderboard", runs).stdout.count("r0") == 1  # no run of its own
    (runs / "r1" / "trials" / "2.json").write_text("{")
    done = subkit("export", runs / "r1", "-o", tmp_path / "deep" / "er")
    assert done.returncode == 0
    assert "left out: " in done.stderr
    assert len(list((tmp_path / "deep" / "er").iterdir())) == 5
