"""Boards: which entry stands for a team, who is last and why, and what is left alone."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from evaluator.leaderboard import Board, Row, leaderboards, said
from submission_kit.errors import DataError
from tests.runs import measured_on, write_run

HIGH, LOW = [0.81, 0.80, 0.82, 0.79, 0.80], [0.41, 0.40, 0.42, 0.38, 0.40]
JANUARY, MARCH = "2026-01-05T12:00:00+00:00", "2026-03-05T14:00:00+02:00"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def only(runs: Path, **options: object) -> Board:
    (board,) = leaderboards(runs, **options).boards  # type: ignore[arg-type]
    return board


def rows(board: Board) -> list[str]:
    return [
        f"{row.team or row.submission} {row.standing and row.standing.rank}" for row in board.rows
    ]


def test_the_best_first_and_those_without_a_score_last(tmp_path: Path) -> None:
    write_run(tmp_path / "failed", [0.9, 0.9, None, 0.9, None], team="failed")
    write_run(tmp_path / "low", LOW, team="low")
    write_run(tmp_path / "partial", [0.99, 0.99], team="partial")
    write_run(tmp_path / "nested" / "deep" / "high", HIGH, team="high")
    board = only(tmp_path)
    assert rows(board) == ["high 1", "low 2", "failed None", "partial None"]
    reasons = [row.reason for row in board.rows]
    assert reasons[:2] == ["", ""]
    assert reasons[2] == "instances 3, 5: error in train: ValueError: no idea"
    assert reasons[3] == "instances 3, 4, 5: not run"
    assert board.rows[2].verdicts == {"ok": 3, "error": 2}
    assert board.rows[3].verdicts == {"missing": 3, "ok": 2}
    high = board.rows[0]
    assert high.summary is not None
    assert high.summary.mean == pytest.approx(0.804)
    assert (str(high.folder), high.entries) == ("nested/deep/high", 1)


def test_the_submissions_own_fault_is_told_before_the_harnesses(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [None, None, 0.5, 0.5, 0.5], team="a")
    path = folder / "trials" / "1.json"
    record = json.loads(path.read_text())
    record["verdict"] |= {"name": "harness-error", "phase": "", "reason": "the disk is full"}
    path.write_text(json.dumps(record))
    assert only(tmp_path).rows[0].reason == "instance 2: error in train: ValueError: no idea"


def test_times_name_their_machines(tmp_path: Path) -> None:
    """A board of one machine says which; where there are several, that times do not compare."""
    here = {"cpu": "Fast | 1", "cores": 2, "memory": 8e9}
    machines = [here, here, {"cpu": "Slow", "cores": 8}, {"cores": 4}, {"cpu": ["odd"]}, None]
    for number, machine in enumerate(machines[:2]):
        folder = write_run(tmp_path / str(number), HIGH, team=str(number))
        measured_on(folder, machine)
    board = only(tmp_path)
    assert board.rows[0].machines == ("Fast | 1, 2 cores",)
    assert said.machines(board) == "times of Fast | 1, 2 cores"
    for number, machine in enumerate(machines):
        measured_on(write_run(tmp_path / str(number), HIGH, team=str(number)), machine)
    board = only(tmp_path)
    assert {row.team: row.machines for row in board.rows}["4"] == ()
    first, *others = said.machines(board).split("; ")
    assert first == "times of 3 machines, not comparable: Fast | 1, 2 cores"
    assert set(others) == {"Slow, 8 cores", "4 cores"}
    for number in range(4):
        folder = write_run(tmp_path / f"m{number}", LOW, team=f"m{number}")
        measured_on(folder, {"cores": 16 + number})
    assert said.machines(only(tmp_path)).endswith("; and 4 more")


def test_a_record_that_is_left_out_is_told_from_one_that_never_was(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", HIGH)
    (folder / "trials" / "4.json").unlink()
    assert only(tmp_path).rows[0].reason == "instance 4: not run"
    for seed in (2, 4):
        (folder / "trials" / f"{seed}.json").write_text("{")
    found = leaderboards(tmp_path)
    assert found.boards[0].rows[0].reason == "instances 2, 4: no whole record"
    assert [left.path.name for left in found.left_out] == ["2.json", "4.json"]


def teams(runs: Path, rule: str | None = None) -> None:
    rules = {} if rule is None else {"counts": rule}
    write_run(runs / "first", HIGH, "first", "a", started=JANUARY, rules=rules)
    write_run(runs / "second", LOW, "second", "a", started=MARCH, rules=rules)
    write_run(runs / "third", [None] * 5, "third", "a", started=MARCH, rules=rules)
    write_run(runs / "alone", LOW, "alone", " a ", started=JANUARY, rules=rules)
    write_run(runs / "nameless", LOW, "nameless", started=JANUARY, rules=rules)
    write_run(runs / "another", LOW, "another", started=JANUARY, rules=rules)


@pytest.mark.parametrize(
    ("rule", "chosen"), [(None, "first"), ("best", "first"), ("latest", "second")]
)
def test_which_entry_counts_is_the_tracks_rule(
    tmp_path: Path, rule: str | None, chosen: str
) -> None:
    """A failed entry that came later takes no score away."""
    teams(tmp_path, rule)
    board = only(tmp_path)
    assert {row.submission: row.entries for row in board.rows} == {
        chosen: 4,
        "nameless": 1,
        "another": 1,
    }
    assert board.counts == (rule or "best")
    other = "latest" if chosen == "first" else "best"
    assert chosen not in {row.submission for row in only(tmp_path, counts=other).rows}
    assert len(only(tmp_path, every_entry=True).rows) == 6


def test_a_team_without_a_score_shows_its_latest(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [None] * 5, "early", "a", started=JANUARY)
    write_run(tmp_path / "b", [None] * 5, "late", "a", started=MARCH)
    (row,) = only(tmp_path).rows
    assert (row.submission, row.entries, row.date) == ("late", 2, "2026-03-05T12:00:00+00:00")


def test_the_same_again_in_another_order(tmp_path: Path) -> None:
    for number in range(8):
        write_run(tmp_path / "runs" / f"r{number}", LOW if number % 2 else HIGH, team=f"t{number}")
    board = only(tmp_path / "runs")
    assert only(tmp_path / "runs") == board
    copy = tmp_path / "copy"
    for number in reversed(range(8)):
        shutil.copytree(tmp_path / "runs" / f"r{number}", copy / f"r{number}")
    assert only(copy) == board
    assert rows(board)[:4] == ["t0 1", "t2 1", "t4 1", "t6 1"]
    assert [row.standing and row.standing.tied for row in board.rows] == [True] * 8


def test_a_board_for_each_track_and_phase(tmp_path: Path) -> None:
    write_run(tmp_path / "a", HIGH, team="a")
    write_run(tmp_path / "b", HIGH, team="a", phase="final")
    assert [board.phase for board in leaderboards(tmp_path).boards] == ["dev", "final"]
    assert only(tmp_path, phase="final").rows[0].entries == 1
    assert leaderboards(tmp_path, track="other").boards == ()


def test_rules_that_differ_have_boards_that_can_be_told_apart(tmp_path: Path) -> None:
    """As a smoke run has them, or one with another limit."""
    write_run(tmp_path / "a", HIGH)
    write_run(tmp_path / "b", HIGH[:3], rules={"instances": 3})
    found = leaderboards(tmp_path).boards
    assert [board.alike for board in found] == [True, True]
    assert sorted(board.instances for board in found) == [3, 5]
    assert len({said.heading(board) for board in found}) == 2


def test_rules_that_are_not_those_of_their_digest(tmp_path: Path) -> None:
    """A run could else stand among others with fewer instances, or with other limits."""
    for name in "ab":
        folder = write_run(tmp_path / name, HIGH)
    run = json.loads((folder / "run.json").read_text())
    run["rules"]["instances"] = 2
    (folder / "run.json").write_text(json.dumps(run))
    found = leaderboards(tmp_path)
    assert [row.submission for row in found.boards[0].rows] == ["a"]
    assert found.left_out == ((folder / "run.json", "its rules are not those of their digest"),)
    run["rules"] |= {"instances": 5, "title": "Another", "counts": "latest"}
    (folder / "run.json").write_text(json.dumps(run))
    assert len(only(tmp_path).rows) == 2  # neither is a rule of a trial


def test_a_start_without_a_zone_is_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        write_run(tmp_path / "a", HIGH, started="2026-01-05T12:00:00")
        assert only(tmp_path).rows[0].date == "2026-01-05T12:00:00+00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_other_images_are_not_ranked(tmp_path: Path) -> None:
    for name in "abc":
        folder = write_run(tmp_path / name, HIGH, team=name)
    path = folder / "trials" / "2.json"
    record = json.loads(path.read_text())
    record["instance"]["digest"] = "of other images"
    path.write_text(json.dumps(record))
    last = only(tmp_path).rows[-1]
    assert (last.team, last.standing) == ("c", None)
    assert last.reason == "instance 2: other images than most runs had"


def test_only_the_tracks_own_instances_count(tmp_path: Path) -> None:
    """An entry that ran more is compared on the same ones as all others."""
    write_run(tmp_path / "a", [*HIGH, 0.1, 0.1], team="a")
    write_run(tmp_path / "b", HIGH, team="b")
    first, second = only(tmp_path).rows
    assert first.summary == second.summary


def test_what_is_no_run_is_left_alone(tmp_path: Path) -> None:
    write_run(tmp_path / "good", HIGH)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    shutil.copytree(tmp_path / "good", tmp_path / "good" / "earlier" / "1")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = leaderboards(tmp_path)
    assert [row.submission for row in found.boards[0].rows] == ["good"]
    assert [left.path.parent.name for left in found.left_out] == ["broken"]
    with pytest.raises(DataError, match="is no folder"):
        leaderboards(tmp_path / "nowhere")


def test_a_row_knows_time_and_memory(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", HIGH)
    trials = [json.loads(path.read_text()) for path in folder.glob("trials/*.json")]
    row: Row = only(tmp_path).rows[0]
    assert row.seconds == pytest.approx(sum(trial["limits"]["wall"]["used"] for trial in trials))
    assert row.memory == max(trial["limits"]["memory"]["used"] for trial in trials)
    rules = json.loads((folder / "run.json").read_text())["rules"]
    each = {"limits": rules["limits"] | {"scope": "instance"}}
    shutil.rmtree(folder)
    write_run(tmp_path / "a", HIGH, rules=each)
    longest = max(trial["limits"]["wall"]["used"] for trial in trials)
    assert only(tmp_path).rows[0].seconds == pytest.approx(longest)
