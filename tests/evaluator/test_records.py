"""Records are whole or not there, and nothing that stood in a run's folder is lost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluator import records
from evaluator.records import RunFolder
from submission_kit.errors import ConfigError


def write_one(folder: RunFolder, seed: int = 1) -> None:
    record = {
        "schema": 1,
        "key": "k",
        "instance": {"seed": seed},
        "verdict": {"name": "ok", "phase": "exit", "reason": "", "where": "", "traceback": ""},
        "accuracy": 0.5,
        "seconds": {"charged": 1.0},
        "limits": {"wall": {"used": 1.0}},
        "layer": "L1",
        "isolation": {"remains": []},
        "log": {"tail": "log\n"},
    }
    folder.write_trial(seed, record, "log\n", np.array([0, 1]), np.array([0, 0]))


def test_what_is_written_is_found(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", "identity")
    write_one(folder)
    folder.write_run({"schema": 1})
    again = RunFolder(tmp_path / "run", "identity")
    assert again.trials()[1]["key"] == "k"
    assert (tmp_path / "run" / "logs" / "1.log").read_text() == "log\n"
    with np.load(tmp_path / "run" / "predictions" / "1.npz") as kept:
        assert kept["labels"].tolist() == [0, 1]
        assert kept["predictions"].tolist() == [0, 0]
    assert not (tmp_path / "run" / "earlier").exists()


def test_another_run_and_a_fresh_one_put_the_old_aside(tmp_path: Path) -> None:
    for number, identity in enumerate(["a", "b"], start=1):
        folder = RunFolder(tmp_path, identity)
        write_one(folder, number)
        folder.write_run({"schema": 1})
    RunFolder(tmp_path, "b", fresh=True)
    assert not RunFolder(tmp_path, "b").trials()
    for number in (1, 2):
        assert (tmp_path / "earlier" / str(number) / "trials" / f"{number}.json").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"{}", b"[" * 100_000])
def test_broken_records_are_not_taken(tmp_path: Path, content: bytes) -> None:
    folder = RunFolder(tmp_path, "identity")
    write_one(folder)
    (tmp_path / "trials" / "2.json").write_bytes(content)
    assert list(folder.trials()) == [1]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ConfigError, match="is not empty and holds no run"):
        RunFolder(tmp_path, "identity", fresh=True)
    with pytest.raises(ConfigError, match="cannot be made"):
        RunFolder(tmp_path / "thesis.tex" / "run", "identity")
    assert (tmp_path / "thesis.tex").read_text() == "precious"


def test_a_path_that_is_no_utf_8_can_be_recorded(tmp_path: Path) -> None:
    records.write_json(tmp_path / "x.json", {"source": "images\udcff.npz"})
    assert json.loads((tmp_path / "x.json").read_text()) == {"source": "images?.npz"}


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.json"
    records.write_json(path, {"a": 1})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(records.os, "fsync", full)
    with pytest.raises(ConfigError, match="cannot be written: No space"):
        records.write_json(path, {"a": 2})
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match="not JSON compliant"):
        records.write_json(path, {"a": float("nan")})
