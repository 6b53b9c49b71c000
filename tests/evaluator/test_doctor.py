"""The doctor: this machine as a whole, what trials left behind, and where datasets are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path

import psutil
import pytest

from evaluator import doctor
from evaluator.capacity import of_capacity
from evaluator.diagnosis import Finding
from evaluator.doctor import examine, left_behind, of_dataset, of_left_behind, sum_up
from evaluator.isolation.choose import choose
from evaluator.limits import Limits
from evaluator.means import STRICT
from submission_kit import __version__
from submission_kit.errors import ConfigError
from tests.evaluator.machines import GOOD, SECURE, check_form, named


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No dataset but the embedded one; return the cache's folder."""
    monkeypatch.delenv("SUBKIT_DATA", raising=False)
    cache = tmp_path / "cache"
    monkeypatch.setattr("platformdirs.user_cache_path", lambda app: cache / app)
    return cache / "subkit" / "data"


def test_this_machine(no_data: Path) -> None:
    before = set(os.listdir(tempfile.gettempdir())), set(psutil.Process().children())
    started = time.monotonic()
    findings = examine(patience=0)
    assert time.monotonic() - started < 10
    check_form(findings)
    themes = [theme for theme, _ in groupby(findings, lambda finding: finding.theme)]
    assert themes == ["software", "isolation", "machine", "data"]
    assert named("Python", findings).found == sys.version.split()[0]
    assert named("subkit", findings).found == __version__
    assert "numpy 2." in named("packages", findings).found
    try:
        choose("strict")
    except ConfigError:
        assert named(STRICT, findings).status == "warn"
    else:
        assert named(STRICT, findings).status == "ok"
    assert sum_up(findings).startswith(f"{STRICT} {named(STRICT, findings).found}")
    after = set(os.listdir(tempfile.gettempdir())), set(psutil.Process().children())
    assert after == before
    assert not no_data.exists()


def test_a_machine_that_cannot_even_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    choose.cache_clear()
    try:
        findings = examine(patience=0)
    finally:
        choose.cache_clear()
    check_form(findings)
    assert named("temporary folder", findings).status == "fail"
    if sys.platform == "linux":
        assert named(STRICT, findings).status == "fail"
        assert "2 failures" in sum_up(findings)


def test_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen(["true"])
    born = psutil.Process(dead.pid).create_time()
    dead.wait()
    own = psutil.Process()
    for name, pid, created in (
        ("subkit-dead", dead.pid, born),
        ("subkit-living", own.pid, own.create_time()),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "owner.json").write_text(json.dumps({"pid": pid, "created": created}))
    (tmp_path / "subkit-fresh").mkdir()
    assert left_behind() == [tmp_path / "subkit-dead"]
    assert (tmp_path / "subkit-dead").exists()  # a doctor looks, and does not touch
    finding = of_left_behind(left_behind())
    check_form([finding, *of_capacity(GOOD, Limits(), SECURE)])
    assert finding.status == "warn"
    assert str(tmp_path / "subkit-dead") in finding.found
    assert "…" in of_left_behind([Path(str(number)) for number in range(9)]).found


def test_datasets(tmp_path: Path, no_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def examined(data: Path | None = None, name: str = "cifar10") -> Finding:
        finding = of_dataset(name, ["cifar10-100"], data)
        check_form([finding])
        return finding

    assert examined(name="digits").status == "ok"
    assert "not here" in examined().found
    assert "SUBKIT_DATA" in examined().mend
    (no_data / "cifar10").mkdir(parents=True)
    assert "not here" in examined().found
    (no_data / "cifar10" / "cifar10-png" / "train").mkdir(parents=True)
    assert examined().found.endswith("cifar10-png, by the cache, for cifar10-100")
    (tmp_path / "held" / "train").mkdir(parents=True)
    monkeypatch.setenv("SUBKIT_DATA", str(tmp_path / "held"))
    assert examined().found == f"{tmp_path / 'held'}, by SUBKIT_DATA, for cifar10-100"
    wrong = examined(tmp_path / "gone")
    assert wrong.status == "warn"
    assert "there is no" in wrong.found
    assert "--data" in wrong.mend
    unreadable = examined(Path("x" * 5000))  # the system refuses to look there
    assert unreadable.status == "warn"


def test_each_shipped_track_has_its_dataset_looked_for() -> None:
    assert doctor.shipped_datasets() == {
        "cifar10": ["cifar10-100"],
        "digits": ["digits-100"],
        "mnist": ["mnist-100"],
    }
