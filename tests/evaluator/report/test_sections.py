"""What single sections say of runs that are partial, odd, or made in several places."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluator.report.build import report
from submission_kit.errors import DataError
from tests.evaluator.report.test_build import edit, text_of


def change_trials(run: Path, change: Callable[[dict[str, Any]], None]) -> None:
    for path in (run / "trials").glob("*.json"):
        edit(path, change)


def fails(record: dict[str, Any], **verdict: str) -> None:
    """Make a trial one that ended in an error."""
    said = {"name": "error", "phase": "train", "reason": "no", "where": "", "traceback": ""}
    record["verdict"] = said | verdict
    record["accuracy"] = None


def test_large_numbers_are_set_apart_by_what_can_be_seen(copied: Path) -> None:
    def change(record: dict[str, Any]) -> None:
        record["limits"]["files"] = {"allowed": 100_000, "used": 7, "unit": ""}
        record["progress"] = [{"step": s, "values": {"loss": 1.0}} for s in (0, 20_000)]

    change_trials(copied, change)
    text = text_of(report([copied])[0])
    assert "100 000" in text
    assert "10 000" in text  # on the axis of steps
    assert r"\u" not in text


@pytest.mark.parametrize("names", [None, [], ["one", "one"]])
def test_records_without_class_names_are_left_out(copied: Path, names: Any) -> None:
    change_trials(copied, lambda record: record["instance"].update(classes=names or []))
    if names is None:
        change_trials(copied, lambda record: record["instance"].pop("classes"))
    html, left_out = report([copied])
    assert [each.path.name for each in left_out] == ["1.json", "2.json"]
    assert "Confusion" not in text_of(html)


def test_time_of_a_run_stands_against_the_limit_of_the_run(copied: Path) -> None:
    change_trials(copied, lambda record: record["limits"]["wall"].update(used=60.0, allowed=10.0))
    edit(copied / "run.json", lambda record: record["rules"]["limits"].update(scope="run"))
    text = text_of(report([copied])[0])
    wall = json.loads((copied / "run.json").read_text())["rules"]["limits"]["wall"]
    assert "wall, the whole run" in text
    assert "2:00 of" in text
    assert f"({100 * 120 / wall:.1f} %)" in text
    edit(copied / "run.json", lambda record: record["rules"]["limits"].update(scope="instance"))
    text = text_of(report([copied])[0])
    assert "wall, the whole run" not in text
    assert "1:00 of" in text


def test_a_run_that_went_on_elsewhere_names_both_machines(copied: Path) -> None:
    edit(copied / "trials" / "1.json", lambda record: record["machine"].update(cpu="The old one"))
    edit(copied / "trials" / "2.json", lambda record: record["machine"].update(cpu="The new one"))
    edit(copied / "trials" / "2.json", lambda record: record["versions"].update(torch=None))
    text = text_of(report([copied])[0])
    assert "The old one" in text and "The new one" in text
    assert "torch missing" in text


def test_an_instance_that_failed_early_does_not_end_the_curves_of_the_others(
    copied: Path, tmp_path: Path
) -> None:
    third = copied / "trials" / "3.json"
    shutil.copy(copied / "trials" / "2.json", third)

    def change(record: dict[str, Any]) -> None:
        fails(record)
        record["instance"]["seed"] = 3
        record["checkpoints"] = record["checkpoints"][:2]

    edit(third, change)
    edit(copied / "run.json", lambda record: record["instances"].append(3))
    text = text_of(report([copied])[0])
    assert "of the 2 instances that are ok" in text
    assert "Final: from step 17." in text
    change_trials(copied, fails)
    text = text_of(report([copied])[0])
    assert "Accuracy over steps" in text
    assert "maximum minus final" not in text


def test_an_instance_has_one_colour_in_every_plot(copied: Path) -> None:
    edit(copied / "trials" / "1.json", lambda record: record.update(progress=[], checkpoints=[]))
    html, _ = report([copied])
    assert html.count('class="line s1"><title>instance 2</title>') >= 3
    assert 'class="line s0"><title>instance 2</title>' not in html


def test_kinds_of_values_that_are_not_drawn_are_counted(copied: Path) -> None:
    values = {f"value {i}": 1.0 for i in range(9)}
    change_trials(
        copied,
        lambda record: record.update(progress=[{"step": s, "values": values} for s in (1, 2)]),
    )
    assert "9 kinds of values were reported; the first 6 are drawn" in text_of(report([copied])[0])


def test_where_nothing_was_sampled_nothing_is_drawn(copied: Path) -> None:
    samples = [{"at": 0.0, "memory": 1e6, "cpu_time": 0.0}, {"at": 0.01, "memory": 2e6}]
    change_trials(copied, lambda record: record.update(samples=samples))
    html, _ = report([copied])
    assert 'aria-label="Memory over time' in html
    assert 'aria-label="CPU over time' not in html


def test_what_is_missing_says_why(copied: Path) -> None:
    (copied / "trials" / "2.json").unlink()
    text = text_of(report([copied])[0])
    assert "mean of the one instance that is ok; no score" in text
    assert "no record: the run did not finish it" in text
    assert "Band: its" not in text  # one value has no interval
    assert "over instances" not in text
    (copied / "trials" / "2.json").write_text("{")
    assert "its record is left out" in text_of(report([copied])[0])


def test_a_trial_that_never_began_has_no_phase(copied: Path) -> None:
    change_trials(copied, lambda record: fails(record, phase="", reason="gone"))
    text = text_of(report([copied])[0])
    assert "gone" in text
    assert "in : " not in text.lower()


def test_what_failed_in_too_many_ways_is_counted(copied: Path) -> None:
    record = json.loads((copied / "trials" / "1.json").read_text())
    for seed in range(1, 25):
        fails(record, reason=f"way {seed}")
        record["instance"]["seed"] = seed
        (copied / "trials" / f"{seed}.json").write_text(json.dumps(record))
    text = text_of(report([copied])[0])
    assert "Ended in yet other ways" in text
    assert "instances 21, 22, 23, 24: see the table above" in text


def test_runs_of_the_same_name_are_told_apart(good_run: Path, tmp_path: Path) -> None:
    folders = [tmp_path / name / "run" for name in ("a", "b")]
    for folder in folders:
        shutil.copytree(good_run, folder)
    html, _ = report(folders)
    assert all(f"learns ({folder})" in text_of(html) for folder in folders)
    html, _ = report([folders[0], folders[0].parent / "." / "run"])
    assert "learns on" in text_of(html)  # named twice, it is one run


def test_labels_that_are_not_those_of_the_images_hide_the_images(copied: Path) -> None:
    path = copied / "predictions" / "1.npz"
    with np.load(path) as arrays:
        labels, predictions = arrays["labels"], arrays["predictions"]
    np.savez_compressed(path, labels=labels[::-1], predictions=predictions[::-1])
    html, left_out = report([copied])
    assert left_out == []
    assert "not those of its images" in text_of(html)
    assert "data:image/png" not in html


@pytest.mark.parametrize("given", [True, False])
def test_confidence_is_shown_where_all_scores_are_probabilities(copied: Path, given: bool) -> None:
    path = copied / "predictions" / "1.npz"
    with np.load(path) as arrays:
        labels, predictions = arrays["labels"], arrays["predictions"]
    if not given:  # of one image alone
        predictions[-1] *= 3
    np.savez_compressed(path, labels=labels, predictions=predictions)
    (copied / "predictions" / "2.npz").unlink()
    html, _ = report([copied])
    assert bool(re.search(r"✓\W+\d+ %", text_of(html))) == given


FINDING = {"code": "C404", "severity": "error", "path": "a<b>.py", "line": 3, "column": 1}


def test_what_the_check_found_is_shown_as_far_as_the_records_hold_it(
    copied: Path, failed_run: Path
) -> None:
    assert "heck found" not in text_of(report([copied])[0])  # it was not checked
    found = [FINDING | {"message": "no <b>", "mend": "mend it"}, 3, {"line": "x"}]
    edit(copied / "run.json", lambda record: record.update(findings=found))
    text = text_of(report([copied, failed_run])[0])
    for said in ("What the check found in learns", "C404", "a<b>.py:3", "no <b>", "mend it"):
        assert said in text
    edit(copied / "run.json", lambda record: record.update(findings=[]))
    assert "The check found nothing." in text_of(report([copied])[0])
    edit(copied / "run.json", lambda record: record.update(findings=[FINDING] * 205))
    assert "5 more are in run.json" in text_of(report([copied])[0])


def test_the_audited_instance_is_named(copied: Path) -> None:
    record = json.loads((copied / "run.json").read_text())
    finding = {"question": "determinism", "status": "ok", "says": "it repeats"}
    audit = {key: record[key] for key in ("schema", "submission", "track")}
    audit |= {"findings": [finding], "instance": {"seed": 17}}
    (copied / "audit.json").write_text(json.dumps(audit))
    html, left_out = report([copied])
    assert left_out == []
    assert "17determinism" in text_of(html)


def test_runs_that_do_not_compare_are_said_not_to(copied: Path, good_run: Path) -> None:
    assert "subkit compare" in text_of(report([copied, good_run])[0])
    edit(copied / "run.json", lambda record: record["track"].update(digest="another"))
    text = text_of(report([copied, good_run])[0])
    assert "Not all of these runs are of the same rules" in text
    assert "subkit compare" not in text


def test_a_record_of_an_instance_that_cannot_be_drawn_is_left_out(copied: Path) -> None:
    number = 1 << 40
    edit(copied / "trials" / "1.json", lambda record: record["instance"].update(seed=number))
    for folder, suffix in (("trials", "json"), ("predictions", "npz")):
        (copied / folder / f"1.{suffix}").rename(copied / folder / f"{number}.{suffix}")
        (copied / folder / f"2.{suffix}").unlink()
    _, left_out = report([copied])
    assert [each.path.name for each in left_out] == [f"{number}.json"]
    assert "cannot be drawn" in left_out[0].reason


def test_long_names_and_descriptions_are_cut_where_they_head_the_page(copied: Path) -> None:
    edit(
        copied / "run.json",
        lambda record: record["submission"].update(name="n" * 999, description="d" * 9999),
    )
    html, _ = report([copied])
    assert "n" * 100 not in html
    assert html.count("d" * 300) == 33  # once, among the facts
    assert "learns" not in text_of(html)


def test_tracks_of_too_many_instances_to_be_true_are_refused(copied: Path) -> None:
    edit(copied / "run.json", lambda record: record["rules"].update(instances=(1 << 31) - 1))
    with pytest.raises(DataError, match=r"rules\.instances"):
        report([copied])
    edit(copied / "run.json", lambda record: record["rules"].update(instances=10_000))
    assert "of the track's 10000 instances; no score yet" in text_of(report([copied])[0])


def test_a_run_that_finished_nothing_has_a_page(copied: Path) -> None:
    for path in (copied / "trials").iterdir():
        path.unlink()
    html, left_out = report([copied])
    assert left_out == []
    assert "no score" in text_of(html) and "2 missing" in text_of(html)
    assert "enforced by" not in text_of(html)  # no table of limits without a row
