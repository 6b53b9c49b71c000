"""Exports: what the platforms ask of their files, and nothing that does anything in them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from evaluator.escape import FORMULA
from evaluator.export import as_csv, as_detailed_results, as_junit, as_scores_txt, export, scores
from evaluator.reading import read_run
from submission_kit.errors import ConfigError
from tests.runs import HOSTILE, write_run


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def test_scores_as_both_platforms_read_them(tmp_path: Path) -> None:
    """CodaLab: each line has one colon and a number of at most ten digits behind the point, each
    key once. Codabench: a flat object, or the same lines as YAML, all of them finite numbers."""
    run = read_run(write_run(tmp_path / "run", [0.5, 1 / 3, 0.7, 1e-05, 0.0]))
    out = tmp_path / "out"
    out.mkdir()
    export(run, out)
    lines = (out / "scores.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[a-z_0-9]+: \d+(\.\d{1,10})?", line) for line in lines)
    as_yaml = yaml.safe_load((out / "scores.txt").read_text())
    as_json = json.loads((out / "scores.json").read_text(), parse_constant=pytest.fail)
    assert as_yaml == as_json
    assert len(as_yaml) == len(lines)
    assert as_json["accuracy"] == pytest.approx(sum([0.5, 1 / 3, 0.7, 1e-05]) / 5)
    assert as_json["accuracy_2"] == pytest.approx(1 / 3)
    assert as_json["instances_ok"] == 5
    assert sorted(path.name for path in out.iterdir()) == [
        "detailed_results.html",
        "junit.xml",
        "scores.json",
        "scores.txt",
        "trials.csv",
    ]


def test_a_run_without_a_score_has_the_accuracy_zero(tmp_path: Path) -> None:
    """A missing number is put first by some boards."""
    found = scores(read_run(write_run(tmp_path / "partial", [0.9, 0.9])))
    assert (found["accuracy"], found["instances_ok"], found["accuracy_1"]) == (0.0, 2.0, 0.9)
    assert (found["sd"], found["half_width"]) == (0.0, 0.0)
    assert "t interval" not in as_detailed_results(read_run(tmp_path / "partial"))
    found = scores(read_run(write_run(tmp_path / "failed", [0.9, None, 0.9, 0.9, 0.9])))
    assert (found["accuracy"], found["instances_ok"], found["accuracy_2"]) == (0.0, 4.0, 0.0)
    few = write_run(tmp_path / "few", [0.9])
    path = few / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"instances": [1]}))
    assert {f"accuracy_{seed}" for seed in range(1, 6)} < set(scores(read_run(few)))
    assert "accuracy: 0\n" in as_scores_txt(read_run(tmp_path / "failed"))


def test_trials_as_csv(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", [0.5, None, 0.7, 0.5, 0.5]))
    lines = list(csv.DictReader(io.StringIO(as_csv(run))))
    assert [line["instance"] for line in lines] == ["1", "2", "3", "4", "5"]
    assert (lines[0]["accuracy"], lines[0]["verdict"]) == ("0.5", "ok")
    assert (lines[1]["accuracy"], lines[1]["verdict"]) == ("", "error")
    assert float(lines[0]["charged"]) == run.trials[1]["seconds"]["charged"]
    assert int(lines[0]["memory"]) == run.trials[1]["limits"]["memory"]["used"]


def test_junit(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", [0.5, None, 0.7]))
    suite = ElementTree.fromstring(as_junit(run).encode())
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "1", "2")
    assert [case.get("name") for case in suite] == [f"instance {seed}" for seed in range(1, 6)]
    assert suite[1][0].get("message") == "error in train: ValueError: no idea"
    assert suite[4][0].attrib == {"type": "missing", "message": "no whole record"}


def test_a_fault_of_no_phase_is_said_without_one(tmp_path: Path) -> None:
    verdict = {"name": "harness-error", "phase": "", "reason": "the disk is full"}
    run = read_run(write_run(tmp_path / "run", [None] * 5, verdict=verdict))
    assert 'message="harness-error: the disk is full"' in as_junit(run)
    page = as_detailed_results(run)
    assert "the disk is full</p>" in page
    assert "in :" not in page.lower()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_submission_says_does_nothing(tmp_path: Path, text: str) -> None:
    said = {"reason": text, "where": text, "traceback": text}
    run = read_run(write_run(tmp_path / "run", [None] * 5, name=text, team=text, verdict=said))
    for line in csv.DictReader(io.StringIO(as_csv(run))):
        assert all(cell.isprintable() for cell in line.values())
        assert not any(cell.lstrip().startswith(FORMULA) for cell in line.values())
    page = as_detailed_results(run)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    ElementTree.fromstring(as_junit(run).encode())


def test_the_page_for_participants_tells_nothing_of_the_test_images(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", [0.5, None, 0.7]))
    page = as_detailed_results(run)
    assert "ValueError: no idea" in page
    assert "no record" in page
    for record in run.trials.values():
        assert record["instance"]["digest"] not in page
        assert record["instance"]["source"] not in page


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", [0.5]))
    with pytest.raises(ConfigError, match="cannot be written"):
        export(run, tmp_path / "nowhere")
