"""Comparisons of runs: paired, honest about five instances, exact about images."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from evaluator.comparison import Pair, compare
from evaluator.comparison.formats import as_json
from evaluator.comparison.page import as_html
from evaluator.comparison.text import print_comparison
from evaluator.paired import difference, holm
from submission_kit.errors import DataError
from tests.runs import HOSTILE, write_run

LABELS = np.arange(50) % 10


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def answered(folder: Path, wrong: Sequence[Sequence[int]], name: str = "") -> Path:
    """Write a run that is right but for these images, by instance, which it takes for class 0, or
    for 1 where it is 0."""
    predictions = []
    for positions in wrong:
        said = LABELS.copy()
        said[list(positions)] = np.where(LABELS[list(positions)] == 0, 1, 0)
        predictions.append(said)
    accuracies = [float((said == LABELS).mean()) for said in predictions]
    labels = [LABELS] * len(wrong)
    return write_run(folder, accuracies, name, predictions=predictions, labels=labels)


def one(*folders: Path) -> Pair:
    (pair,) = compare(folders).pairs
    return pair


def shown(*folders: Path, width: int = 200) -> str:
    with (console := Console(width=width, highlight=False)).capture() as capture:
        print_comparison(console, compare(folders))
    return capture.get()


def test_where_two_disagree(tmp_path: Path) -> None:
    first = answered(tmp_path / "first", [[1, 2], [1], [11]])
    second = answered(tmp_path / "second", [[1, 3, 13], [1, 10], []])
    pair = one(first, second)
    assert pair.images is not None
    assert pair.images.first_alone == {1: [3, 13], 2: [10], 3: []}
    assert pair.images.second_alone == {1: [2], 2: [], 3: [11]}
    assert pair.images.all._asdict() == {"images": 150, "both": 143, "first": 3, "second": 2}
    assert pair.images.all.neither == 2
    assert pair.images.classes["3"]._asdict() == {"images": 15, "both": 13, "first": 2, "second": 0}
    assert pair.images.mistakes[0] == (1, "3", "0", 2)
    assert pair.images.mistakes[-1].times == 1
    assert pair.difference == difference([0.96, 0.98, 0.98], [0.94, 0.96, 1.0])
    spread = [np.var([0.0] * 47 + [1, 1, -1]), np.var([0.0] * 49 + [1]), np.var([0.0] * 49 + [-1])]
    assert pair.images.sd == pytest.approx(np.sqrt(np.mean(spread) / 50))
    text = shown(first, second)
    assert "2 × 3 taken for 0 by second, not by first" in text
    assert "both get 143 right, first alone 3, second alone 2, neither 2" in text


def test_five_instances_say_what_they_can_show(tmp_path: Path) -> None:
    first = write_run(tmp_path / "first", [0.40, 0.38, 0.42, 0.39, 0.41])
    second = write_run(tmp_path / "second", [0.38, 0.39, 0.39, 0.385, 0.40])
    pair = one(first, second)
    assert not pair.shown
    assert pair.power is not None
    assert pair.power.needed is not None
    assert pair.power.fewest is not None
    assert pair.power.most is not None
    assert pair.power.fewest < pair.power.needed < pair.power.most
    text = " ".join(shown(first, second).split())
    assert "tied: no difference is shown" in text
    assert "the smallest p of a sign-flip or rank test is 0.0625" in text
    assert f"about {pair.power.needed} instances would show it" in text
    assert (
        "By Student's t on the differences by instance, two-sided (5 instances, 4 degrees" in text
    )
    assert "predictions/1.npz: cannot be read: there is no such file" in text
    clear = write_run(tmp_path / "clear", [0.20, 0.18, 0.22, 0.195, 0.21])
    text = " ".join(shown(first, clear).split())
    assert "first is ahead, p" in text
    assert "would show it" not in text


def test_several_runs_are_corrected_for_all_pairs(tmp_path: Path) -> None:
    values = [[0.40, 0.38, 0.42, 0.39, 0.41], [0.37, 0.36, 0.39, 0.37, 0.37], [0.37, 0.33, 0.4] * 2]
    folders = [write_run(tmp_path / f"r{i}", each[:5]) for i, each in enumerate(values)]
    found = compare(folders)
    alone = [pair.difference.p or 0.0 for pair in found.pairs]
    assert [pair.p for pair in found.pairs] == holm(alone)
    assert [pair.names for pair in found.pairs] == [("r0", "r1"), ("r0", "r2"), ("r1", "r2")]
    text = " ".join(shown(*folders).split())
    assert "p after Holm for 3 pairs" in text
    assert "All pairs" in as_html(found)


def test_only_what_both_finished_on_the_same_images(tmp_path: Path) -> None:
    first = write_run(tmp_path / "first", [0.5, 0.6, None, 0.7, 0.8])
    second = write_run(tmp_path / "second", [0.4, 0.5, 0.6, 0.7])
    path = second / "trials" / "2.json"
    record = json.loads(path.read_text())
    record["instance"]["digest"] = "others"
    path.write_text(json.dumps(record))
    pair = one(first, second)
    assert list(pair.first) == list(pair.second) == [1, 4]
    assert pair.passed_over == {
        2: "other images",
        3: "first: error",
        5: "second has no whole record",
    }
    nothing = write_run(tmp_path / "nothing", [None] * 5)
    reasons = "instances 1, 2, 4, 5: nothing: error; instance 3: first: error"
    with pytest.raises(DataError, match=f"have no instance in common: {reasons}"):
        compare([first, nothing])
    with pytest.raises(DataError, match="is no record of a run"):
        compare([first, tmp_path])
    assert "not compared: instance 2: other images" in shown(first, second)


def test_of_several_what_cannot_be_compared_is_named(tmp_path: Path) -> None:
    """One that failed, or is no run, takes nothing from the others."""
    first = write_run(tmp_path / "first", [0.5, 0.6, 0.7])
    second = write_run(tmp_path / "second", [0.4, 0.5, None])
    third = write_run(tmp_path / "third", [None, None, 0.6])
    failed = write_run(tmp_path / "failed", [None] * 3)
    found = compare([first, failed, second, tmp_path / "nothing", third])
    assert [pair.names for pair in found.pairs] == [("first", "second"), ("first", "third")]
    assert found.notes == (
        "failed is not compared: it has no instance in common with any other",
        "second and third have no instance in common: instances 1, 2: third: error; "
        "instance 3: second: error; instances 4, 5: second has no whole record",
    )
    assert found.left_out[0].path == tmp_path / "nothing" / "run.json"
    text = " ".join(shown(first, failed, second, tmp_path / "nothing", third).split())
    assert "note: failed is not compared" in text
    assert "no record of a run: No such file or directory" in text
    assert "failed is not compared" in as_html(found)
    with pytest.raises(DataError, match=r"nothing/run\.json: is no record of a run"):
        compare([first, tmp_path / "nothing"])


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Also where their folders have one name, in different places."""
    values = [[0.5, 0.6], [0.4, 0.5], [0.3, 0.4]]
    folders = [
        write_run(tmp_path / place, each, "knn")
        for place, each in zip(("x/run", "y/run", "z/other"), values, strict=True)
    ]
    names = (f"knn ({folders[0]})", f"knn ({folders[1]})", "knn (other)")
    assert compare(folders).names == names
    assert f"{names[0]} minus {names[1]}: +10.00 points" in shown(*folders[:2], width=1000)


def test_many_pairs_say_nothing_of_the_first_alone(tmp_path: Path) -> None:
    """Neither its degrees of freedom, where others have other instances, nor its own p."""
    drawn = np.random.default_rng(3)
    folders = [
        write_run(tmp_path / f"r{n}", (0.5 + drawn.normal(0, 0.01, n)).tolist()) for n in (8, 7, 6)
    ]
    text = " ".join(shown(*folders).split())
    assert "degrees of freedom" not in text
    assert "sign-flip" not in text  # six can show something without a word on the spread
    assert "sign-flip test, which takes them to be no more than symmetric: p" in shown(*folders[:2])
    pairs = compare(folders).pairs
    alone = one(*folders[:2])
    assert pairs[0].difference == alone.difference
    assert pairs[0].power is not None
    assert alone.power is not None
    assert pairs[0].power.detectable > alone.power.detectable
    assert (pairs[0].power.needed or 0) > (alone.power.needed or 0)
    assert json.loads(as_json(compare(folders)))["method"]["power_level"] == 0.05 / 3


@pytest.mark.parametrize("turned", [False, True])
def test_the_table_says_which_of_the_two_is_ahead(tmp_path: Path, turned: bool) -> None:
    values = [[0.9, 0.91, 0.92], [0.1, 0.11, 0.125], [0.5, 0.2, 0.4]]
    folders = [write_run(tmp_path / f"r{i}", each) for i, each in enumerate(values)]
    folders = [folders[1], folders[0], folders[2]] if turned else folders
    line = next(line for line in shown(*folders).splitlines() if "79" in line)
    assert ("second" if turned else "first") in line
    badge = f'<span class="badge ok">{"second" if turned else "first"}</span>'
    assert badge in as_html(compare(folders))


def test_one_instance_shows_nothing(tmp_path: Path) -> None:
    pair = one(write_run(tmp_path / "a", [0.9]), write_run(tmp_path / "b", [0.1]))
    assert (pair.p, pair.power, pair.shown) == (None, None, False)
    assert "one instance can show nothing" in shown(tmp_path / "a", tmp_path / "b")


def test_a_run_against_itself(tmp_path: Path) -> None:
    run = answered(tmp_path / "a", [[1, 2], [3], []])
    pair = one(run, run)
    assert (pair.p, pair.difference.mean, pair.shown) == (1.0, 0.0, False)
    assert pair.power is not None
    assert pair.power.needed is None
    assert "would take" not in shown(run, run)


def test_predictions_of_other_labels_are_left_out(tmp_path: Path) -> None:
    first, second = answered(tmp_path / "a", [[1]]), answered(tmp_path / "b", [[2]])
    labels = LABELS[::-1].copy()
    said = labels.copy()
    said[2] = 0
    np.savez(second / "predictions" / "1.npz", labels=labels, predictions=said)
    found = compare([first, second])
    assert found.pairs[0].images is None
    assert "other labels" in found.left_out[0].reason


def test_predictions_that_cannot_be_read_leave_the_other_instances(tmp_path: Path) -> None:
    first = answered(tmp_path / "a: b", [[1], [2], [3]])
    second = answered(tmp_path / "c", [[4], [5], [6]])
    path = first / "predictions" / "2.npz"
    path.write_bytes(path.read_bytes()[:100])
    record = json.loads((second / "trials" / "3.json").read_text())
    record["instance"] |= {"classes": record["instance"]["classes"][::-1], "test_images": 49}
    (second / "trials" / "3.json").write_text(json.dumps(record))
    found = compare([first, second])
    images = found.pairs[0].images
    assert images is not None
    assert images.first_alone == {1: [4]}
    assert list(found.pairs[0].first) == [1, 2, 3]
    assert [left.path for left in found.left_out] == [path, second / "predictions" / "3.npz"]
    assert found.left_out[0].reason.startswith("cannot be read")
    assert "left out: " in shown(first, second)
    assert "Of 50 test images" in as_html(found)


def test_fewer_images_under_the_same_digest(tmp_path: Path) -> None:
    """A record that somebody made up."""
    first, second = answered(tmp_path / "a", [[1]]), answered(tmp_path / "b", [[2]])
    record = json.loads((second / "trials" / "1.json").read_text())
    record["instance"]["test_images"] = 40
    record["accuracy"] = 39 / 40
    (second / "trials" / "1.json").write_text(json.dumps(record))
    said = LABELS[:40].copy()
    said[2] = 0
    np.savez(second / "predictions" / "1.npz", labels=LABELS[:40], predictions=said)
    found = compare([first, second])
    assert found.pairs[0].images is None
    assert found.left_out[0].reason == "has other labels than the other's"


@pytest.mark.parametrize("text", HOSTILE)
def test_names_do_nothing(tmp_path: Path, text: str) -> None:
    runs = [
        answered(tmp_path / "a", [[1, 2], [3]], text),
        answered(tmp_path / "b", [[2], []], text),
        answered(tmp_path / "c", [[5], []], "c"),
    ]
    for folders in (runs, runs[:2]):
        said = shown(*folders, width=80)
        assert said.replace("\n", "").isprintable()
        found = compare(folders)
        page = as_html(found)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "\u202e" not in page
        whole = json.loads(as_json(found).encode(), parse_constant=pytest.fail)
        assert whole["schema"] == 1
        assert whole["pairs"][0]["images"]["first_alone"]
