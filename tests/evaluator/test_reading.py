"""Whatever stands in a folder, whole records are read, and what is not is named."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.datasets import open_dataset
from evaluator.leaderboard import leaderboards
from evaluator.reading import StoredRun, find_runs, read_run
from evaluator.records import RunFolder
from evaluator.run import score
from evaluator.stored_arrays import read_predictions
from evaluator.track import Track
from submission_kit.errors import DataError
from submission_kit.submission import open_submission
from tests.conftest import SUBMISSIONS
from tests.strategies import ODD_JSON, altered, inputs, mutated, values


@pytest.fixture(scope="module")
def real(track: Track, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run of two instances, in a folder of runs."""
    rules = dataclasses.replace(track, instances=2)
    folder = tmp_path_factory.mktemp("runs") / "reports"
    submission = open_submission(SUBMISSIONS / "ok" / "reports")
    score(submission, rules, open_dataset("digits"), "dev", folder, isolation="none")
    return folder


@pytest.fixture
def folder(real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to be damaged."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    return Path(shutil.copytree(real, tmp_path / "runs" / "reports"))


def edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record, indent=1))


def test_a_run_is_read_as_it_was_written(folder: Path) -> None:
    assert find_runs(folder.parent) == find_runs(folder) == ([folder], [])
    run = read_run(folder)
    assert run.run == json.loads((folder / "run.json").read_text())
    assert run.trials == {
        seed: json.loads((folder / "trials" / f"{seed}.json").read_text()) for seed in (1, 2)
    }
    assert (run.left_out, run.seeds, run.accuracies) == ((), [1, 2], {1: 0.1, 2: 0.1})
    labels, predictions = read_predictions(run, 1)
    assert (labels.dtype, len(labels)) == (np.int64, run.trials[1]["instance"]["test_images"])
    assert (labels == predictions).mean() == run.trials[1]["accuracy"]


@pytest.mark.parametrize("length", [0, 1, 500, 3000])
def test_without_its_series_a_record_says_the_same(folder: Path, length: int) -> None:
    """Whether they fit what is read at first, or not: the longest has 300 kB and more."""
    written = RunFolder(folder, read_run(folder).run["identity"])
    record = written.trials()[1]
    sample = {"memory": 1, "cpu_time": 0.1, "processes": 1, "at": 0.0, "phase": "train"}
    record |= {"samples": [sample] * length, "progress": [{"step": 1, "values": {}}] * length}
    record["log"]["tail"] = '\n "log": {\n"]}' + "ü\x1b" * 2000
    written.write_trial(1, record, "", np.zeros(1, np.int64), None)
    long, short = read_run(folder).trials[1], read_run(folder, series=False).trials[1]
    assert len(long["samples"]) == length
    assert "samples" not in short
    for key in ("key", "identity", "started", "verdict", "accuracy", "seconds", "log"):
        part = {"tail": long["log"]["tail"]} if key == "log" else long[key]
        assert short[key] == part
    assert short["limits"]["memory"] == long["limits"]["memory"]


@pytest.mark.parametrize("size", [3, 200, 65_536, -2, -40, -5000])
def test_a_record_that_was_cut_short_is_named(folder: Path, size: int) -> None:
    path = folder / "trials" / "2.json"
    sample = {"memory": 1, "cpu_time": 0.1, "processes": 1, "at": 0.0, "phase": "train"}
    edit(path, lambda record: record.update(samples=[sample] * 3000))
    path.write_bytes(path.read_bytes()[:size])
    for series in (True, False):
        run = read_run(folder, series)
        assert list(run.trials) == [1]
        assert [left.path for left in run.left_out] == [path]
        assert run.left_out[0].reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda record: record.update(schema=2), "schema"),
        (lambda record: record.update(identity="x"), "another run"),
        (lambda record: record["instance"].update(seed=3), "not named for its instance 3"),
        (lambda record: record.update(accuracy=1.5), "not whole"),
        (lambda record: record["instance"].update(test_images=-1), "instance"),
        (lambda record: record.pop("log"), "not whole"),
        (lambda record: record["instance"].update(test_images=True), "instance"),
    ],
)
def test_a_foreign_record_is_named(
    folder: Path, change: Callable[[dict[str, Any]], Any], reason: str
) -> None:
    edit(folder / "trials" / "2.json", change)
    for series in (True, False):
        (left,) = read_run(folder, series).left_out
        assert (left.path.name, reason in left.reason) == ("2.json", True)


@pytest.mark.parametrize("classes", [None, "abc", [1, 2], ["cat", "cat"]])
def test_classes_that_have_no_names_of_their_own(folder: Path, classes: Any) -> None:
    edit(folder / "trials" / "2.json", lambda record: record["instance"].update(classes=classes))
    (left,) = read_run(folder).left_out
    assert left.reason.endswith(": not of the right form")
    edit(folder / "trials" / "2.json", lambda record: record["instance"].pop("classes"))
    assert list(read_run(folder).trials) == [1]


def test_no_run_fills_the_memory(folder: Path) -> None:
    edit(folder / "run.json", lambda run: run["rules"].update(instances=2_000_000_000))
    with pytest.raises(DataError, match=r"rules\.instances: not of the right form"):
        read_run(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"schema": 1}', *ODD_JSON])
def test_no_run(folder: Path, content: bytes) -> None:
    (folder / "run.json").write_bytes(content)
    with pytest.raises(DataError, match=r"run\.json: is no record of a run: "):
        read_run(folder)
    (left,) = leaderboards(folder.parent).left_out
    assert left.path == folder / "run.json"


@pytest.mark.parametrize("name", ["run.json", "trials/1.json", "predictions/1.npz"])
@pytest.mark.parametrize("what", ["pipe", "folder", "link", "device"])
def test_what_is_no_file(folder: Path, name: str, what: str) -> None:
    path = folder / name
    path.unlink()
    match what:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(path.name)
        case "device":
            path.symlink_to("/dev/zero")
    found = leaderboards(folder.parent)
    assert len(found.left_out) == (name != "predictions/1.npz")
    if name == "predictions/1.npz":
        with pytest.raises(DataError, match="cannot be read"):
            read_predictions(read_run(folder), 1)


@inputs(150)
@given(st.data())
def test_an_altered_record_breaks_no_board(real: Path, data: st.DataObject) -> None:
    path = real / data.draw(st.sampled_from(["run.json", "trials/1.json"]))
    whole = path.read_bytes()
    changed = altered(json.loads(whole)).map(lambda record: json.dumps(record, indent=1).encode())
    try:
        path.write_bytes(data.draw(changed | mutated(whole).map(lambda found: found[0])))
        show(real.parent)
    finally:
        path.write_bytes(whole)


@inputs(100)
@given(st.sampled_from(["started", "track", "phase", "rules", "instances", "submission"]), values)
def test_what_is_read_of_a_run_is_checked(real: Path, key: str, value: Any) -> None:
    path = real / "run.json"
    whole = path.read_bytes()
    try:
        path.write_text(json.dumps(json.loads(whole) | {key: value}))
        show(real.parent)
    finally:
        path.write_bytes(whole)


def show(runs: Path) -> None:
    """Make the board, in every format; whoever reads the bytes finds nothing broken."""
    from evaluator.cli.leaderboard import FORMATS, _written

    found = leaderboards(runs)
    for form in FORMATS:
        assert _written(found, form).encode()
    json.loads(_written(found, "json"), parse_constant=pytest.fail)


def with_predictions(run: StoredRun, **arrays: Any) -> StoredRun:
    np.savez_compressed(run.folder / "predictions" / "1.npz", **arrays)
    return run


def test_predictions_that_do_not_fit(folder: Path) -> None:
    run = read_run(folder)
    labels, predictions = read_predictions(run, 1)
    others = [
        {"labels": labels},
        {"labels": labels[1:], "predictions": predictions[1:]},
        {"labels": labels, "predictions": predictions.astype(float)},
        {"labels": labels - 1, "predictions": predictions},
        {"labels": labels, "predictions": labels},
        {"labels": labels, "predictions": np.zeros((len(labels), 10**4))},
        {"labels": labels, "predictions": np.full((len(labels), 10), np.nan, np.float32)},
        {"labels": labels, "predictions": np.array([{}] * len(labels), object)},
    ]
    for arrays in others:
        with pytest.raises(DataError, match="cannot be read"):
            read_predictions(with_predictions(run, **arrays), 1)
    scores = np.eye(10, dtype=np.float32)[predictions]
    found = read_predictions(with_predictions(run, labels=labels, predictions=scores), 1)[1]
    assert found.shape == (len(labels), 10)


@inputs(80)
@given(st.data())
def test_damaged_predictions(real: Path, data: st.DataObject) -> None:
    path = real / "predictions" / "1.npz"
    whole = path.read_bytes()
    try:
        path.write_bytes(data.draw(mutated(whole))[0])
        run = read_run(real)
        try:
            labels, predictions = read_predictions(run, 1)
        except DataError:
            return
        assert (labels == predictions).mean() == run.trials[1]["accuracy"]
    finally:
        path.write_bytes(whole)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no folder"):
        find_runs(tmp_path / "nowhere")
    assert find_runs(tmp_path) == ([], [])


def test_runs_are_found_wherever_they_stand(folder: Path, tmp_path: Path) -> None:
    """In a folder called trials, below another run, and beside a `run.json` of somebody else."""
    runs = folder.parent
    inner = Path(shutil.copytree(folder, folder / "more" / "inner"))
    shutil.copytree(folder, folder / "earlier" / "1")
    named_so = Path(shutil.copytree(folder, runs / "x" / "trials" / "one"))
    lost = Path(shutil.copytree(folder, runs / "lost"))
    (lost / "run.json").unlink()
    (runs / "run.json").write_text("{}")
    expected = [runs, lost, lost / "more/inner", folder, inner, named_so, named_so / "more/inner"]
    found, closed = find_runs(runs)
    assert (found, closed) == (sorted(expected), [])
    board = leaderboards(runs)
    assert sum(row.entries for row in board.boards[0].rows) == len(expected) - 2
    assert {left.path.parent for left in board.left_out} == {runs, lost}


def test_a_folder_that_is_closed_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = folder.parent / "closed"
    closed.mkdir()
    look = os.scandir

    def scandir(path: Any) -> Any:
        if str(path) == str(closed):  # as for whoever is not root
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert leaderboards(folder.parent).left_out == ((closed, "Permission denied"),)
