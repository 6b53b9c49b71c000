"""What other tools run of ours: the GitHub Action's steps, the hooks, the shell's completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "nearest_mean"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Where `subkit` is a command, as once it is installed."""
    command = tmp_path / "bin" / "subkit"
    command.parent.mkdir()
    code = "from submission_kit.cli import main; main()"
    command.write_text(f"#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -c '{code}' \"$@\"\n")
    command.chmod(0o755)
    return os.environ | {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}


def run(command: list[str], folder: Path, environment: dict[str, str]) -> Any:
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_actions_steps(tmp_path: Path, environment: dict[str, str]) -> None:
    """All but the one that installs, as a runner runs them."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = {step["name"]: step for step in action["runs"]["steps"] if "name" in step}
    values = {"SUBMISSION": str(EXAMPLE), "TRACK": "digits-100", "STRICT": "true"}
    for name in ("Check", "Try"):
        assert steps[name]["env"].keys() <= values.keys()
        bash = ["bash", "-e", "-o", "pipefail", "-c", steps[name]["run"]]
        done = run(bash, tmp_path, environment | values)
        assert done.returncode == 0, done.stderr
    suite = ElementTree.parse(tmp_path / "subkit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    for step in steps.values():
        for word in step.get("env", {}).values():
            assert word.removeprefix("${{ inputs.").removesuffix(" }}") in action["inputs"]


def test_a_fault_fails_the_actions_check(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "sub")
    (folder / "submission.py").write_text("def train(images, labels:\n")
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    (check,) = (step["run"] for step in action["runs"]["steps"] if step.get("name") == "Check")
    values = {"SUBMISSION": str(folder), "TRACK": "", "STRICT": "false"}
    done = run(["bash", "-e", "-c", check], tmp_path, environment | values)
    assert done.returncode == 1
    assert "::error file=" in done.stdout


def test_the_hooks(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "sub")
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        done = run([*hook["entry"].split(), *hook["args"]], folder, environment)
        assert done.returncode == 0, (hook["id"], done.stderr)


def test_the_shell_completes_words_and_names(tmp_path: Path, environment: dict[str, str]) -> None:
    ask = environment | {"_SUBKIT_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    said = run(["subkit"], tmp_path, ask | {"COMP_WORDS": "subkit sc"}).stdout
    assert said == "plain,score\n"
    ask["COMP_CWORD"] = "2"
    said = run(["subkit"], tmp_path, ask | {"COMP_WORDS": "subkit score --iso"}).stdout
    assert said == "plain,--isolation\n"
    said = run(["subkit"], tmp_path, ask | {"COMP_WORDS": "subkit explain c42"}).stdout
    assert said == "plain,C420\nplain,C421\n"
    ask["COMP_CWORD"] = "3"
    said = run(["subkit"], tmp_path, ask | {"COMP_WORDS": "subkit score --track cif"}).stdout
    assert said == "plain,cifar10-100\n"
