"""What is taken for the entry of a folder that has no `submission.yaml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from submission_kit.discovery import LOOKED_FOR, read_commands
from submission_kit.errors import SubmissionError
from submission_kit.submission import open_submission
from tests.zips import made_of, zipped

COMMAND = "python3 $program/x.py $input $output"


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        (f"command: {COMMAND}", [COMMAND]),
        (f"command: {COMMAND}\r\ndescription: the real contest's", [COMMAND]),
        (f"\ufeffcommand: '{COMMAND}'\n", [COMMAND]),
        (f'description: x\ncommand: " {COMMAND} "', [COMMAND]),
        (f"command: [{COMMAND}, '', ./b]", [COMMAND, "./b"]),
        ("# a comment alone", []),
        ("description: no command", []),
        ("command:", []),
        ("- a list", []),
        ("", []),
    ],
)
def test_commands_of_metadata(text: str, commands: list[str], tmp_path: Path) -> None:
    (tmp_path / "metadata").write_bytes(text.encode())
    assert list(read_commands(tmp_path / "metadata")) == commands


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("command: a: b", "metadata:1:11: is no YAML"),
        ("command: 3", "command: expected a line"),
        ("command: [x, [y]]", "command: expected a line"),
        ("command: 2024-13-01", "cannot read"),
        ("command: !!python/object:os.system x", "is no YAML"),
        ("- " * 5000, "is no YAML"),
    ],
)
def test_metadata_that_cannot_be_read(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "metadata").write_text(text)
    with pytest.raises(SubmissionError) as caught:
        open_submission(tmp_path)
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("files", "entry"),
    [
        ({"model.py": "class Model:"}, "model:Model"),
        ({"model.py": "class model(object):"}, "model:model"),
        ({"model.py": "def get_model():"}, "model:get_model"),
        ({"model.py": "import x\nModel = x.Other"}, "model:Model"),
        ({"model.py": "from x import Other as Model"}, "model:Model"),
        ({"model.py": "from x import (\n    Other,\n    Model,\n)"}, "model:Model"),
        ({"model.py": "def get_model(): ...\nclass Model: ..."}, "model:Model"),
        ({"submission.py": "def train(images, labels):"}, "submission:train"),
        ({"submission.py": "def train(): ...\ndef get_model(): ..."}, "submission:get_model"),
        ({"submission.py": "def train(): ...", "model.py": "class Model: ..."}, "model:Model"),
        (
            {"submission.py": "def train(): ...", "model.py": "class Models: ..."},
            "submission:train",
        ),
        ({"metadata": "description: x", "model.py": "class Model: ..."}, "model:Model"),
    ],
)
def test_entries_by_custom(files: dict[str, str], entry: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = open_submission(tmp_path)
    assert (found.entry, found.commands) == (entry, ())
    module, _, name = entry.partition(":")
    assert f"{module}.py" in found.files
    assert found.notes[0].startswith(f"no submission.yaml: {name} in ")


def test_a_command_comes_first_and_submission_yaml_before_it(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("class Model: ...")
    (tmp_path / "metadata").write_text(f"command: {COMMAND}")
    script = open_submission(tmp_path)
    assert (script.entry, script.commands) == ("", (COMMAND,))
    assert "model.py" in script.files
    assert "metadata" not in script.files
    (tmp_path / "submission.yaml").write_text("entry: model:Model")
    assert open_submission(tmp_path).commands == ()


@pytest.mark.parametrize(
    "text",
    [
        "    class Model:",
        "x = 'Model'",
        "Model == 3",
        "class Modeller:",
        "# class Model:",
        "import Model",
    ],
)
def test_what_is_no_entry(text: str, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(text)
    with pytest.raises(SubmissionError) as caught:
        open_submission(tmp_path)
    assert LOOKED_FOR in caught.value.message
    assert "entry: submission:train" in caught.value.mend


def test_a_script_takes_no_params_and_its_digest_follows_its_commands(tmp_path: Path) -> None:
    (tmp_path / "metadata").write_text(f"command: {COMMAND}")
    found = open_submission(tmp_path)
    assert found.with_params({}).digest == found.digest
    with pytest.raises(SubmissionError, match="takes no params, got epochs"):
        found.with_params({"epochs": 3})
    (tmp_path / "metadata").write_bytes(f"command: '{COMMAND}'\r\ndescription: x".encode())
    assert open_submission(tmp_path).digest == found.digest
    (tmp_path / "metadata").write_text(f"command: {COMMAND} --fast")
    assert open_submission(tmp_path).digest != found.digest


def test_a_zip_with_a_folder_around_a_script(tmp_path: Path) -> None:
    files = {"mine/metadata": f"command: {COMMAND}".encode(), "mine/x.py": b"", "__MACOSX/._x": b""}
    (tmp_path / "a.zip").write_bytes(zipped(made_of(files)))
    found = open_submission(tmp_path / "a.zip")
    assert (found.name, list(found.files), found.commands) == ("mine", ["x.py"], (COMMAND,))
    assert found.notes == (
        "everything in the zip lies in mine/",
        "no submission.yaml: metadata has a command",
    )


def test_a_module_that_would_take_long_to_search(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("from x import (" * 70_000)
    with pytest.raises(SubmissionError):
        open_submission(tmp_path)
    (tmp_path / "model.py").write_text("\nfrom x import (" * 70_000)
    with pytest.raises(SubmissionError):
        open_submission(tmp_path)


def test_submission_yaml_may_leave_the_entry_to_custom(tmp_path: Path) -> None:
    (tmp_path / "submission.yaml").write_text("track: mnist-100\nteam: us\nname: ours\n")
    (tmp_path / "metadata").write_text(f"command: {COMMAND}")
    (tmp_path / "x.py").write_text("")
    (tmp_path / "unused.py").write_text("")
    found = open_submission(tmp_path)
    assert (found.entry, found.commands) == ("", (COMMAND,))
    assert (found.track, found.team, found.name) == ("mnist-100", "us", "ours")
    assert found.notes == ("submission.yaml names no entry: metadata has a command",)
    for key in ("params", "smoke"):
        (tmp_path / "submission.yaml").write_text(f"{key}: {{epochs: 1}}\n")
        with pytest.raises(SubmissionError, match="the script form takes none"):
            open_submission(tmp_path)
    (tmp_path / "submission.yaml").write_text("params: {width: 3}\n")
    (tmp_path / "metadata").unlink()
    (tmp_path / "model.py").write_text("class Model: ...")
    found = open_submission(tmp_path)
    assert (found.entry, found.params) == ("model:Model", {"width": 3})
