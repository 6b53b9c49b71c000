"""New submissions, written from templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.cli.init import BASELINES
from evaluator.rules import rules_of
from evaluator.track import open_track
from submission_kit.checks import check
from submission_kit.errors import ConfigError
from submission_kit.scaffold import TEMPLATES, write
from submission_kit.submission import open_submission

TEMPLATES_OF_ALL = TEMPLATES | {
    name: Path(__file__).parents[2] / "baselines" / name for name in BASELINES
}


@pytest.mark.parametrize("name", TEMPLATES_OF_ALL)
def test_a_new_folder_stands_alone(name: str, tmp_path: Path) -> None:
    template = TEMPLATES_OF_ALL[name]
    folder = tmp_path / "mine {0}"
    written = write(folder, template)
    assert written == sorted(path.name for path in folder.iterdir())
    assert {"README.md", ".subkitignore"} <= set(written)

    found, source = open_submission(folder), open_submission(template)
    assert found.name == "mine-0"
    assert found.team == ""
    assert found.files.keys() == source.files.keys()
    assert (found.entry, found.commands) == (source.entry, source.commands)
    assert (found.params, found.smoke) == (source.params, source.smoke)
    assert found.description == source.description
    assert found.track == "digits-100"
    assert found.left_out.keys() <= {"README.md", "metadata"}
    page = (folder / "README.md").read_text()
    assert page.startswith("# mine {0}\n\n")
    assert max(map(len, page.splitlines())) < 110


@pytest.mark.parametrize("name", TEMPLATES_OF_ALL)
def test_the_check_finds_nothing_to_mend(name: str, tmp_path: Path) -> None:
    write(tmp_path / "new", TEMPLATES_OF_ALL[name])
    rules = rules_of(open_track("digits-100"))
    found = {finding.code for finding in check(tmp_path / "new", rules)}
    assert found <= {"M306"}  # that Codabench cannot run a script


def test_nothing_that_is_there_is_touched(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, TEMPLATES["minimal"])
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(ConfigError, match="is not empty"):
        write(tmp_path, TEMPLATES["script"])
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write(tmp_path / "file", TEMPLATES["minimal"])
