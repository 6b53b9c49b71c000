"""A report shows what the records hold; what is broken is named and left out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluator.report.build import report
from submission_kit.cli import run as subkit
from submission_kit.errors import DataError
from tests.evaluator.report.test_markup import Parsed


def text_of(html: str) -> str:
    return Parsed(re.sub(r"(?s)<(style|script)>.*?</\1>", "", html)).text


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def test_one_run(good_run: Path) -> None:
    html, left_out = report([good_run])
    text = text_of(html)
    assert left_out == []
    record = json.loads((good_run / "run.json").read_text())
    assert f"{100 * record['score']:.2f} %" in text
    assert f"± {100 * record['summary']['sd']:.2f}" in text
    trial = json.loads((good_run / "trials" / "1.json").read_text())
    assert f"{100 * trial['accuracy']:.2f} %" in text
    for word in ("learns on", "us", "Accuracy over steps", "loss", "Confusion", "Calibration"):
        assert word in text
    for limit in trial["limits"].values():
        assert (limit.get("enforced_by") or "nobody") in text
    assert html.count("data:image/png") > 20
    assert len(html) < 300_000


def test_several_side_by_side(good_run: Path, failed_run: Path) -> None:
    text = text_of(report([good_run, failed_run])[0])
    assert "2 runs on" in text
    assert "2 ok" in text and "2 error" in text
    assert "What failed" in text
    assert "ValueError: no idea (submission.py:5)" in text
    assert "Traceback (most recent call last)" in text


def test_of_what_fell_short_nothing_is_made_up(failed_run: Path) -> None:
    text = text_of(report([failed_run])[0])
    assert "no score" in text
    for absent in ("Confusion", "Calibration", "Accuracy over steps", "Test images"):
        assert absent not in text


def test_a_curve_that_was_switched_off_is_not_drawn(
    score_on_digits: Callable[..., Path], learns: Path
) -> None:
    """Only the dev phase scores checkpoints; progress is kept in any."""
    out = score_on_digits(learns, phase="final")
    trial = json.loads((out / "trials" / "1.json").read_text())
    assert trial["checkpoints"] == []
    assert trial["seconds"]["off_clock"] == 0
    text = text_of(report([out])[0])
    assert "Accuracy over steps" not in text
    assert "loss" in text


def test_checkpoints_cost_no_charged_time(good_run: Path) -> None:
    for path in (good_run / "trials").glob("*.json"):
        seconds = json.loads(path.read_text())["seconds"]
        assert seconds["off_clock"] > 0
        assert seconds["charged"] == pytest.approx(
            sum(seconds[phase] for phase in ("load", "train", "predict")), abs=0.01
        )


BREAKS: dict[str, Callable[[Path], Any]] = {
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "empty": lambda path: path.write_bytes(b""),
    "no object": lambda path: path.write_text("[1, 2]"),
    "no UTF-8": lambda path: path.write_bytes(b"\xff\xfe"),
    "nested": lambda path: path.write_text('{"a":' * 10_000 + "1" + "}" * 10_000),
    "of another schema": lambda path: edit(path, lambda r: r.update(schema=99)),
    "of another run": lambda path: edit(path, lambda r: r.update(identity="0" * 64)),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_trial_is_named_and_left_out(copied: Path, name: str) -> None:
    path = copied / "trials" / "1.json"
    BREAKS[name](path)
    html, left_out = report([copied])
    assert [each.path for each in left_out] == [path]
    text = text_of(html)
    assert "Left out of this report" in text
    assert str(path) in text
    assert "missing" in text


@pytest.mark.parametrize("name", [name for name in BREAKS if name != "of another run"])
def test_a_broken_run_among_others_is_named_and_left_out(
    copied: Path, failed_run: Path, name: str
) -> None:
    path = copied / "run.json"
    BREAKS[name](path)
    html, left_out = report([copied, failed_run])
    assert [each.path for each in left_out] == [path]
    assert str(path) in text_of(html)
    with pytest.raises(DataError, match=r"run\.json"):
        report([copied])


def test_predictions_that_do_not_fit_are_left_out(copied: Path) -> None:
    path = copied / "predictions" / "1.npz"
    np.savez(path, labels=np.zeros(50, int), predictions=np.zeros(50, int))
    html, left_out = report([copied])
    assert [each.path for each in left_out] == [path]
    assert "Confusion" in text_of(html)  # of the other instance


def test_an_audit_of_something_else_is_left_out(copied: Path, good_run: Path) -> None:
    record = json.loads((good_run / "run.json").read_text())
    finding = {"question": "is it <b>?", "status": "warn", "says": "perhaps", "numbers": {}}
    audit = {key: record[key] for key in ("schema", "submission", "track")} | {
        "findings": [finding, 3, {}]
    }
    (copied / "audit.json").write_text(json.dumps(audit))
    html, left_out = report([copied])
    assert left_out == []
    assert "is it <b>?" in text_of(html)
    audit["submission"] = {"digest": "another"}
    (copied / "audit.json").write_text(json.dumps(audit))
    html, left_out = report([copied])
    assert [each.path.name for each in left_out] == ["audit.json"]
    assert "is it <b>?" not in text_of(html)


NONSENSE: tuple[Any, ...] = (None, [], {}, "x", 7, -1e300, True, [None], [[1]], {"a": {"b": []}})


@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_nonsense_in_what_no_record_needs_is_no_fault(copied: Path, value: Any) -> None:
    keys = ("samples", "progress", "checkpoints", "machine", "versions", "form", "started", "load")

    def change(record: dict[str, Any]) -> None:
        record.update({key: value for key in keys if key in record})
        if "verdict" in record:
            record["started"] = "whenever"
            record["samples"] = [{"at": value, "memory": value, "cpu_time": 1}, value]
            record["progress"] = [{"step": 1, "values": {"loss": value}}, {"values": value}, value]
            record["checkpoints"] = [{"step": value, "accuracy": 0.5}, {"step": 1, "accuracy": 7}]
            record["limits"]["processes"] = {"allowed": value, "used": value, "unit": value}

    edit(copied / "trials" / "1.json", change)
    edit(copied / "run.json", change)
    html, _ = report([copied])
    assert "nan" not in html.lower().replace("finance", "")


def test_long_series_make_no_large_page(copied: Path) -> None:
    at = [i / 2 for i in range(4000)]

    def change(record: dict[str, Any]) -> None:
        record["samples"] = [
            {"at": t, "memory": 1e8 + 1e6 * (i % 7), "cpu_time": t, "processes": 1}
            for i, t in enumerate(at)
        ]
        record["samples"][1777]["memory"] = 9e8
        record["progress"] = [
            {"at": t, "step": i, "total": 4000, "values": {"loss": (i * 37 % 101) / 101}}
            for i, t in enumerate(at)
        ]

    before = len(report([copied])[0])
    for path in (copied / "trials").glob("*.json"):
        edit(path, change)
    html, _ = report([copied])
    assert len(html) < before + 100_000
    assert "800 MB" in text_of(html)  # on the axis: the one high sample is kept


def test_of_images_that_are_not_at_hand_it_says_so(
    copied: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SUBKIT_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    edit(copied / "run.json", lambda record: record["rules"].update(dataset="mnist"))
    html, left_out = report([copied])
    assert left_out == []
    assert "The images are not at hand: mnist is not on this machine" in text_of(html)
    assert "data:image/png" not in html


def test_images_of_another_draw_are_not_shown(copied: Path) -> None:
    edit(copied / "run.json", lambda r: r["rules"]["sampling"].update(test_per_class=6))
    html, _ = report([copied])
    assert "gives other images than those of the run" in text_of(html)
    assert "data:image/png" not in html


def test_the_verb(
    good_run: Path, hostile_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert subkit(["report", str(good_run), str(hostile_run), "-o", str(out)]) == 0
    assert f"wrote {out}" in capsys.readouterr().err
    assert out.read_text().startswith("<!doctype html>")
    assert subkit(["report", str(tmp_path / "nothing"), "-o", str(out)]) == 3
    assert "is no record of a run" in capsys.readouterr().err
    evil = tmp_path / "\x1b[31mred"
    assert subkit(["report", str(good_run), str(evil), "-o", str(out)]) == 0
    said = capsys.readouterr()
    assert "\x1b" not in said.err + said.out
    assert r"\x1b[31mred" in said.err
