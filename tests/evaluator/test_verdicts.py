"""Each labelled submission gets its verdict, in its phase, with words that say why.

`tests/submissions/<verdict>/<name>/` holds a submission and `expect.yaml`: what must come of it,
and what instead where less is kept out of reach; `tests/submissions/README.md` says how. What an
attack needs from outside is in `tests/offers.py`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluator.isolation import Isolation
from evaluator.plan import Outcome
from submission_kit.quantities import parse_duration, parse_size
from submission_kit.submission import Submission, open_submission
from tests.conftest import LAYERS, SUBMISSIONS, command_lines, confined, layer, trial_processes
from tests.offers import offered

FOLDERS = sorted(path.parent for path in SUBMISSIONS.glob("*/*/expect.yaml"))
PARSE: dict[str, Callable[[Any], float]] = {
    "wall": parse_duration,
    "memory": parse_size,
    "processes": int,
    "file_size": parse_size,
    "disk": parse_size,
    "files": int,
    "threads": int,
}
SAID_FROM_INSIDE = ("error", "invalid-output")
"""Verdicts that come from the child's words, or from its answer: no layer has a part in them."""


def cases() -> Iterator[Any]:
    """Each submission under each layer; those that no layer matters to under the outermost two."""
    for folder in FOLDERS:
        for how in LAYERS:
            if not (how == "landlock" and folder.parent.name in SAID_FROM_INSIDE):
                yield pytest.param(folder, how, id=f"{folder.parent.name}-{folder.name}-{how}")


@pytest.mark.parametrize(("folder", "how"), list(cases()))
def test_verdict(folder: Path, how: str, run: Callable[..., Outcome], tmp_path: Path) -> None:
    expected = yaml.safe_load((folder / "expect.yaml").read_text())
    if needs := expected.get("needs"):
        pytest.importorskip(needs, reason=f"{needs} is not installed")
    if how == "bubblewrap" and isinstance(layer("strongest"), Isolation):
        pytest.skip("the strongest layer has it, and more")
    isolation = confined(how)
    submission = open_submission(folder)
    with offered(submission.params, tmp_path) as params:
        submission = submission.with_params(params) if params else submission
        first = {"verdict": folder.parent.name, "says": ""} | expected
        _try(submission, params, _under(isolation, first, ""), isolation, run)
        if "again" in expected:
            second = _under(isolation, first | expected["again"], "again_")
            _try(submission, params, second, isolation, run)


def _under(isolation: Isolation, expected: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return what is expected under this isolation."""
    changes = {}
    if not isolation.files:
        changes = expected.get(f"{prefix}below_L2", {})
    elif isolation.files == "landlock" and not isolation.drop:
        changes = expected.get(f"{prefix}under_landlock", {})
    return {**expected, **changes}


def _try(
    submission: Submission,
    params: Mapping[str, Any],
    expected: Mapping[str, Any],
    isolation: Isolation,
    run: Callable[..., Outcome],
) -> None:
    """Run a trial, see that its end is as expected, and that nothing is left of it."""
    limits = {name: PARSE[name](value) for name, value in expected.get("limits", {}).items()}
    before, started = trial_processes(), time.monotonic()

    outcome = run(submission, isolation=isolation, **limits)

    took = time.monotonic() - started
    verdict = outcome.verdict
    assert (verdict.name, verdict.phase) == (expected["verdict"], expected["phase"]), verdict
    says = expected["says"]
    for words in [says] if isinstance(says, str) else says:
        assert words in verdict.reason
    assert (outcome.predictions is not None) == (verdict.name == "ok")
    assert trial_processes() <= before
    assert not list(Path(tempfile.gettempdir()).glob("subkit-*"))
    assert not any(params.get("mark") in words for words in command_lines())
    if verdict.name == "harness-error":
        assert took < 6
    else:
        assert outcome.ended["usage"]["processes_left"] == 0
    if verdict.name == "timeout":
        over = outcome.ended["seconds"]["charged"] - limits["wall"]
        assert 0 <= over < 0.5
        assert took < limits["wall"] + 6
