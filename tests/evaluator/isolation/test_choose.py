"""What this machine can enforce is found by trying, and what it cannot is said with the mend."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from evaluator.isolation import NONE, Isolation, bubblewrap, cgroups, choose, landlock, seccomp
from submission_kit.errors import ConfigError
from tests.conftest import confined

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="L2 needs Linux")

afresh = choose.choose.__wrapped__  # what it found for this process is kept otherwise


def test_none_tries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "_said_by", lambda *_: pytest.fail("it tried"))
    assert afresh("none") == NONE


def test_where_nothing_works_strict_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "program", lambda: None)
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    found = afresh("auto")
    assert found.files == ""
    assert found.groups == ""
    assert {lack.name for lack in found.missing} >= {"bubblewrap", "Landlock"}
    with pytest.raises(ConfigError) as caught:
        afresh("strict")
    assert "bubblewrap: it is not installed" in caught.value.message
    assert "apt install bubblewrap" in caught.value.mend
    assert "Linux 5.13" in caught.value.mend


def test_a_bubblewrap_that_fails_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on Ubuntu 24.04, where it is installed and may not make user namespaces."""
    confined("landlock")
    broken = tmp_path / "bwrap"
    said = "bwrap: setting up uid map: Permission denied"
    broken.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(bubblewrap, "program", lambda: str(broken))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = afresh("strict")
    assert found.files == "landlock"
    why = " ".join(found.lack("bubblewrap") or ())
    assert said in why
    assert "apparmor_restrict_unprivileged_userns" in why


def test_a_way_that_leaves_files_open_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bubblewrap that runs the program without any sandbox comes up, and is found out."""
    assert "a file outside could be read" in choose.try_out(Isolation())


def test_without_a_filter_landlock_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "program", lambda: None)
    monkeypatch.setattr(seccomp, "offered", lambda: False)
    assert afresh("auto").files == ""


def test_without_control_groups_it_is_l2(monkeypatch: pytest.MonkeyPatch) -> None:
    confined("landlock")
    monkeypatch.setattr(cgroups, "find", lambda: None)
    monkeypatch.setattr("shutil.which", lambda name: None if name == "systemd-run" else name)
    monkeypatch.setattr(bubblewrap, "program", lambda: None)
    found = afresh("auto")
    assert found.files == "landlock"
    assert found.groups == ""
    assert "systemd-run --user --scope" in " ".join(found.lack("L3") or ())
