"""Each labelled submission gets its verdict, in its phase, with words that say why.

`tests/submissions/<verdict>/<name>/` holds a submission and `expect.yaml`: the phase, words of the
reason, and limits other than the usual; `below_L2` replaces them where files, network and
devices are not out of reach: what an attack does there shows that it works.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluator.isolation import Isolation
from evaluator.trial import Outcome
from submission_kit.quantities import parse_duration, parse_size
from submission_kit.submission import open_submission
from tests.conftest import LAYERS, SUBMISSIONS, confined, is_running, layer, trial_processes

FOLDERS = sorted(path.parent for path in SUBMISSIONS.glob("*/*/expect.yaml"))
PARSE: dict[str, Callable[[Any], float]] = {
    "wall": parse_duration,
    "memory": parse_size,
    "processes": int,
    "disk": parse_size,
    "files": int,
    "threads": int,
}


@pytest.mark.parametrize("how", LAYERS)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_verdict(folder: Path, how: str, run: Callable[..., Outcome], tmp_path: Path) -> None:
    if folder.name == "imports_torchvision":
        pytest.importorskip("torch", reason="torch is not installed")
    expected = yaml.safe_load((folder / "expect.yaml").read_text())
    if how == "bubblewrap" and isinstance(layer("strongest"), Isolation):
        if not expected.get("without_groups"):
            pytest.skip("the strongest layer has it, and more")
    isolation = confined(how)
    expected["verdict"] = folder.parent.name
    if how == "none":
        expected |= expected.get("below_L2", {})
    limits = {name: PARSE[name](value) for name, value in expected.get("limits", {}).items()}
    submission = open_submission(folder)
    pid_file = tmp_path / "pid"
    if "pid_file" in submission.params:
        submission = submission.with_params({"pid_file": str(pid_file)})
    before, started = trial_processes(), time.monotonic()

    outcome = run(submission, isolation=isolation, **limits)

    took = time.monotonic() - started
    verdict = outcome.verdict
    assert (verdict.name, verdict.phase) == (expected["verdict"], expected["phase"]), verdict
    assert expected.get("says", "") in verdict.reason
    assert (outcome.predictions is not None) == (verdict.name == "ok")
    assert trial_processes() <= before
    assert outcome.ended["usage"]["processes_left"] == 0
    if pid_file.exists():
        assert not is_running(int(pid_file.read_text()))
    if verdict.name == "timeout":
        over = outcome.ended["seconds"]["charged"] - limits["wall"]
        assert 0 <= over < 0.5
        assert took < limits["wall"] + 6
