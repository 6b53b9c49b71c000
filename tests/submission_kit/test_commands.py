"""The script form: what a script finds, what it must leave, and that nothing else is made of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluator.audit.transduction import script_calls
from evaluator.datasets import open_dataset
from evaluator.instances import Instance
from evaluator.plan import Outcome
from evaluator.run import score
from evaluator.track import open_track
from submission_kit.bundle import pack
from submission_kit.commands import is_numbered, lay_out, learner, read_answer
from submission_kit.contract import ContractError, InvalidOutput
from submission_kit.manifest import Target
from submission_kit.scaffold import TEMPLATES
from submission_kit.submission import open_submission
from tests.conftest import SUBMISSIONS

OFFERED = {"seed": 1, "threads": 1, "deadline": 60.0}


def random_images(count: int, channels: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, 8, 6, channels)).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_what_a_script_finds(channels: int, tmp_path: Path) -> None:
    train, test = random_images(24, channels), random_images(7, channels)
    labels = np.arange(24) % 12
    run, program = tmp_path / "run", tmp_path / "program"
    run.mkdir()
    program.mkdir()
    (program / "x.py").touch()
    lay_out(run, program, (train, labels), test, classes=12)

    assert sorted(os.listdir(run)) == ["input", "output", "program", "shared", "temp"]
    assert (run / "program" / "x.py").exists()
    folders = sorted((run / "input" / "train").iterdir())
    assert [folder.name for folder in folders] == [f"{label:02}" for label in range(12)]
    assert not os.listdir(run / "output")

    def read(paths: list[Path]) -> np.ndarray:
        return np.stack([np.asarray(Image.open(path)).reshape(8, 6, channels) for path in paths])

    for label, folder in enumerate(folders):
        assert (read(sorted(folder.iterdir())) == train[labels == label]).all()
    (only,) = (run / "input" / "test").iterdir()
    assert (read(sorted(only.iterdir())) == test).all()


def test_the_labels_are_those_of_a_run_by_hand(
    instance: Instance, run: Callable[..., Outcome], tmp_path: Path
) -> None:
    outcome = run(TEMPLATES["script"])
    assert outcome.verdict.name == "ok"
    assert outcome.form.startswith("command on folders of images, timed as predict: python3")

    train = instance.train_images, instance.train_labels
    lay_out(tmp_path, TEMPLATES["script"], train, instance.test_images, classes=10)
    words = [sys.executable, "program/main.py", "input", "output"]
    subprocess.run(words, cwd=tmp_path, check=True)
    by_hand = (tmp_path / "output" / "answer_test.txt").read_text().split("\n")
    assert outcome.predictions is not None
    assert outcome.predictions.tolist() == list(map(int, by_hand))


def test_a_packed_script_scores_as_its_folder_does(
    run: Callable[..., Outcome], tmp_path: Path
) -> None:
    folder = open_submission(TEMPLATES["script"])
    track = Target("digits-100", "0" * 64, 60.0, 2)
    bundle = pack(folder, tmp_path / "a.zip", track, form="script")
    packed = open_submission(bundle.path)
    assert (packed.digest, packed.commands) == (folder.digest, folder.commands)
    one, other = run(folder).predictions, run(packed).predictions
    assert one is not None
    assert other is not None
    assert (one == other).all()


def test_a_packed_model_is_not_taken_for_the_script_beside_it(tmp_path: Path) -> None:
    folder = open_submission(SUBMISSIONS / "ok" / "model_file")
    track = Target("digits-100", "0" * 64, 60.0, 2)
    for form in ("native", "script"):
        bundle = pack(folder, tmp_path / f"{form}.zip", track, form=form)  # type: ignore[arg-type]
        packed = open_submission(bundle.path)
        assert (packed.entry, packed.commands) == ("model:Model", ())
        assert packed.digest == folder.digest


@pytest.mark.parametrize(
    "text",
    ["1\n0\n2", "1\n0\n2\n", "1\r\n0\r\n2\r\n", "1  \n0\t\n2 \r\n", "01\n0\n2\n", "1\n-0\n2"],
)
def test_answers_that_are_taken(text: str, tmp_path: Path) -> None:
    path = tmp_path / "answer_test.txt"
    path.write_bytes(text.encode())
    labels = read_answer(path, 3, 3)
    assert (labels.tolist(), labels.dtype) == ([1, 0, 2], np.int64)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "0 lines for 3 images"),
        ("1\n0\n", "2 lines for 3 images"),
        ("1\n0\n2\n0\n", "4 lines for 3 images"),
        ("1\n0\n2\n\n", ":4: '' is no integer"),
        ("1\n\n2", ":2: '' is no integer"),
        ("1\n 0\n2", ":2: ' 0' is no integer"),
        ("1 0 2", ":1: '1 0 2' is no integer"),
        ("1\n0.0\n2", ":2: '0.0' is no integer"),
        ("1\n٣\n2", ":2: '٣' is no integer"),
        ("1\n+1\n2", ":2: '+1' is no integer"),
        ("1\n1_0\n2", ":2: '1_0' is no integer"),
        ("1\n" + "9" * 40 + "\n2", "' is no integer"),
        ("1\n0\n3", ":3: label 3; expected 3 lines, on each a label in 0..2"),
        ("1\n-1\n2", ":2: label -1"),
        ("1\r0\r2\r", "is no integer"),
        ("0\n" * 200, "more than 192 bytes"),
    ],
)
def test_answers_that_are_not_taken(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "answer_test.txt"
    path.write_bytes(text.encode())
    with pytest.raises(InvalidOutput) as caught:
        read_answer(path, 3, 3)
    assert says in str(caught.value)


def test_answers_that_are_no_file(tmp_path: Path) -> None:
    path = tmp_path / "answer_test.txt"
    with pytest.raises(InvalidOutput, match=r"\$output is empty"):
        read_answer(path, 3, 3)
    (tmp_path / "answer.txt").write_text("")
    with pytest.raises(InvalidOutput, match=r"\$output holds 'answer\.txt'"):
        read_answer(path, 3, 3)
    path.mkdir()
    with pytest.raises(InvalidOutput, match=r"no regular file|left no answer_test"):
        read_answer(path, 3, 3)


@pytest.mark.parametrize(
    ("code", "numbered"),
    [
        ("open('answer_test.txt')", False),
        ("open('answer_test_{}.txt'.format(i))", True),
        ("open('answer_test.txt')  # not answer_test_1.txt", False),
        ("", False),
    ],
)
def test_a_script_tells_whether_it_expects_several_instances(
    code: str, numbered: bool, tmp_path: Path
) -> None:
    (tmp_path / "x.py").write_text(code)
    assert is_numbered(tmp_path) == numbered


def run_script(code: str, command: str, folder: Path, count: int = 2) -> list[int]:
    (folder / "x.py").write_text(code)
    images = random_images(count, 3)
    predict = learner(folder, [command], 2).train(images, np.zeros(count, np.int64), OFFERED)
    labels: list[int] = predict(images).tolist()
    return labels


def test_words_are_split_as_codalab_does(tmp_path: Path) -> None:
    code = "import sys; open(sys.argv[2] + '/answer_test.txt', 'w').write('1\\n1'); "
    code += "assert sys.argv[3:] == ['', '\"a', 'b\"', '$other'], sys.argv"
    command = 'python3 $program\\x.py $input $output  "a b" $other'
    assert run_script(code, command, tmp_path) == [1, 1]


def test_each_call_begins_anew(tmp_path: Path) -> None:
    code = "import os, sys; assert not os.listdir(sys.argv[2]); "
    code += "open(sys.argv[2] + '/answer_test.txt', 'w').write('0\\n0')"
    for _ in range(2):
        assert run_script(code, "python $program/x.py $input $output", tmp_path) == [0, 0]


def test_the_reason_is_the_last_line_of_standard_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import sys; print('x' * 9999, file=sys.stderr); print('out'); sys.exit('no\\nidea')"
    with pytest.raises(ContractError, match=r"x\.py` left with status 1: idea$"):
        run_script(code, "python3 $program/x.py", tmp_path)
    captured = capfd.readouterr()
    assert captured.err == "x" * 9999 + "\nno\nidea\n"
    assert captured.out == "out\n"


def test_what_a_command_leaves_behind_does_not_hold_it_up(tmp_path: Path) -> None:
    code = "import subprocess, sys; "
    code += "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)']); "
    code += "open(sys.argv[1] + '/answer_test.txt', 'w').write('0\\n1')"
    assert run_script(code, "python3 $program/x.py $output", tmp_path) == [0, 1]


def test_memory_that_a_script_asked_for_in_vain(tmp_path: Path) -> None:
    with pytest.raises(MemoryError, match="left with status 1"):
        run_script("raise MemoryError", "python3 $program/x.py", tmp_path)


def test_the_record_says_what_was_adapted(tmp_path: Path) -> None:
    track = open_track("digits-100").smoke()
    dataset = open_dataset("digits")
    forms = {}
    for name in ("script_instances", "model_file"):
        submission = open_submission(SUBMISSIONS / "ok" / name)
        done = score(submission, track, dataset, "dev", tmp_path / name, isolation="none")
        forms[name] = done.records[0]["form"]
    assert forms["model_file"] == (
        "class Model with fit/predict; no submission.yaml: Model in model.py is taken for the entry"
    )
    assert forms["script_instances"].startswith("the same instance 5 times, the first counts: ")
    assert forms["script_instances"].endswith("; no submission.yaml: metadata has a command")


def test_an_audit_asks_a_script_for_all_images_at_once_and_in_halves() -> None:
    regular, shuffled = script_calls(51, 1)
    assert regular == (tuple(range(51)),)
    assert [len(call) for call in shuffled] == [26, 25]
    assert sorted(shuffled[0] + shuffled[1]) == list(range(51))
