"""Whatever stands in a run's folder, it is resumed from whole records alone, and shown."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import shutil
import tracemalloc
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import evaluator.run
from evaluator.cli.view import View, run_json
from evaluator.datasets import open_dataset
from evaluator.instances import Instance
from evaluator.isolation import NONE
from evaluator.limits import Limits
from evaluator.plan import Outcome, Plan
from evaluator.records import MAX_SIZE, RunFolder, is_whole
from evaluator.run import Run
from evaluator.track import Track
from evaluator.trial import run_trial
from submission_kit.errors import ConfigError
from submission_kit.submission import open_submission
from tests.conftest import SUBMISSIONS
from tests.strategies import ODD_JSON, altered, inputs, mutated, values

DIGITS = open_dataset("digits")
REPORTS = open_submission(SUBMISSIONS / "ok" / "reports")

READ = [
    ("schema",),
    ("identity",),
    ("key",),
    ("accuracy",),
    ("instance", "seed"),
    ("verdict", "name"),
    ("verdict", "phase"),
    ("verdict", "reason"),
    ("verdict", "where"),
    ("verdict", "traceback"),
    ("seconds", "load"),
    ("seconds", "charged"),
    ("limits", "wall", "used"),
    ("limits", "memory", "used"),
    ("layer",),
    ("isolation",),
    ("isolation", "remains"),
    ("log", "tail"),
]
"""What is read of a record again."""


@dataclasses.dataclass
class Resumed:
    """A run of one instance, whose trial is the same each time, in a folder that it may find."""

    folder: Path
    track: Track

    def go(self) -> tuple[Run, bool]:
        """Score; show all that is shown; return the run, and whether its trial was run again."""
        view = View(REPORTS, self.track, "dev")
        # Strict, as a terminal is: what UTF-8 cannot write would raise.
        output = Console(file=io.TextIOWrapper(io.BytesIO(), "utf-8"), highlight=False)
        view._errors = view._output = output
        resumed = []
        ended = view.trial_ended

        def trial_ended(record: dict[str, Any], was_resumed: bool) -> None:
            resumed.append(was_resumed)
            ended(record, was_resumed)

        view.trial_ended = trial_ended  # type: ignore[method-assign, assignment]
        run = evaluator.run.score(
            REPORTS,
            self.track,
            DIGITS,
            "dev",
            self.folder,
            seeds=[1],
            isolation=NONE,
            watcher=view,
        )
        view.print_result(run)
        said = json.loads(run_json(run).encode(), parse_constant=pytest.fail)
        assert said["trials"][0]["instance"]["seed"] == 1
        assert is_whole(json.loads(self.record.read_bytes()))
        return run, not resumed[0]

    @property
    def record(self) -> Path:
        return self.folder / "trials" / "1.json"


@pytest.fixture(scope="module")
def outcome(instance: Instance) -> Outcome:
    """What came of a real trial."""
    return run_trial(REPORTS, instance, Plan(Limits(), 60.0, 60.0, checkpoints=True))


@pytest.fixture
def resumed(
    instance: Instance,
    track: Track,
    outcome: Outcome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Resumed:
    """A finished run; where its one trial is run again, the same comes of it."""
    monkeypatch.setattr(evaluator.run, "run_trial", lambda *arguments: outcome)
    monkeypatch.setattr(evaluator.run, "draw", lambda *arguments: instance)
    monkeypatch.setattr(evaluator.run, "SupervisorProcess", Mock())
    monkeypatch.setattr(evaluator.run, "sweep", list)
    monkeypatch.setattr(evaluator.run, "describe_machine", dict)
    monkeypatch.setattr(evaluator.run, "versions", lambda packages: {})
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    resumed = Resumed(tmp_path / "run", dataclasses.replace(track, instances=1))
    assert resumed.go()[1]
    assert not resumed.go()[1]
    return resumed


@inputs(150)
@given(st.data())
def test_an_altered_record(resumed: Resumed, data: st.DataObject) -> None:
    """Taken where what is read of it is whole, made anew where not, and never shown broken."""
    whole = resumed.record.read_text()
    record = data.draw(altered(json.loads(whole)), label="record")
    resumed.record.write_text(json.dumps(record))
    try:
        resumed.go()
    finally:
        resumed.record.write_text(whole)


@inputs(150)
@given(st.sampled_from(READ), values)
def test_what_is_read_is_checked(resumed: Resumed, path: tuple[str, ...], value: Any) -> None:
    whole = resumed.record.read_text()
    record = holder = json.loads(whole)
    for name in path[:-1]:
        holder = holder[name]
    before, holder[path[-1]] = holder[path[-1]], value
    resumed.record.write_text(json.dumps(record))
    try:
        _, again = resumed.go()
        if path[0] in ("schema", "identity", "key") or path[-1] == "seed":
            assert again or value == before
        else:
            kinds = {type(value), type(before)}
            assert again or len(kinds) == 1 or kinds == {int, float}
    finally:
        resumed.record.write_text(whole)


@inputs(80)
@given(st.data())
def test_a_damaged_file(resumed: Resumed, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["trials/1.json", "run.json"]))
    path = resumed.folder / name
    whole = resumed.record.read_bytes()
    damaged = mutated(path.read_bytes()).map(lambda changed: changed[0])
    path.write_bytes(data.draw(damaged | st.sampled_from(ODD_JSON)))
    try:
        resumed.go()
    finally:
        resumed.record.write_bytes(whole)


def put(path: Path, what: str) -> None:
    """Put something odd where a file should be."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    match what:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "link to nothing":
            path.symlink_to("nothing")
        case "link to itself":
            path.symlink_to(path.name)
        case "device":
            path.symlink_to("/dev/zero")
        case "file":
            path.write_text("no JSON")
        case "1 GB of nothing":
            with path.open("wb") as file:
                file.truncate(1_000_000_000)


@pytest.mark.parametrize(
    "what", ["pipe", "link to nothing", "link to itself", "device", "1 GB of nothing"]
)
@pytest.mark.parametrize("name", ["run.json", "trials/1.json", "logs/1.log", "predictions/1.npz"])
def test_what_is_no_file_is_replaced(resumed: Resumed, name: str, what: str) -> None:
    put(resumed.folder / name, what)
    tracemalloc.start()
    try:
        _, again = resumed.go()
        assert tracemalloc.get_traced_memory()[1] < 2 * MAX_SIZE
    finally:
        tracemalloc.stop()
    assert again is (name == "trials/1.json")
    assert name.startswith("logs/") or (resumed.folder / name).is_file() or not again


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("run.json", "folder"),
        ("trials/1.json", "folder"),
        ("logs/1.log", "folder"),
        ("predictions/1.npz", "folder"),
        ("logs", "file"),
        ("trials", "file"),
        ("trials", "pipe"),
        ("predictions", "link to itself"),
        ("predictions", "link to nothing"),
    ],
)
def test_what_is_in_the_way_is_named_before_anything_is_run(
    resumed: Resumed, name: str, what: str
) -> None:
    put(resumed.folder / name, what)
    with pytest.raises(ConfigError, match=f"{resumed.folder}/{name}: "):
        resumed.go()


@pytest.mark.parametrize("name", ["²", "01", "1.0", "-1", "١", "1e0", " 1", "9" * 250, "\udcff"])
def test_odd_names(resumed: Resumed, name: str) -> None:
    shutil.copy(resumed.record, resumed.record.with_name(f"{name}.json"))
    (resumed.folder / "earlier" / name).mkdir(parents=True)
    resumed.record.unlink()
    folder = RunFolder(
        resumed.folder, json.loads((resumed.folder / "run.json").read_text())["identity"]
    )
    assert not folder.trials()
    assert resumed.go()[1]


def test_the_records_of_another_run_are_kept_where_its_run_json_is_lost(resumed: Resumed) -> None:
    record = json.loads(resumed.record.read_text()) | {"identity": "another"}
    resumed.record.write_text(json.dumps(record))
    (resumed.folder / "run.json").write_text("{")
    assert resumed.go()[1]
    (kept,) = resumed.folder.glob("earlier/*/trials/1.json")
    assert json.loads(kept.read_text()) == record


@pytest.mark.parametrize("depth", [10, 20, 31, 33, 100, 500, 900, 950, 980, 990])
def test_a_record_that_is_nested_deep(resumed: Resumed, depth: int) -> None:
    record = json.loads(resumed.record.read_text())
    text = json.dumps(record)[:-1] + ', "deep": ' + "[" * depth + "]" * depth + "}"
    resumed.record.write_text(text)
    assert resumed.go()[1] is (depth > 31)
