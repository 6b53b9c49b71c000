"""Which means of confining a trial work, and what is said of those that do not."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.account import remains
from evaluator.doctor import sum_up
from evaluator.isolation import NONE, Isolation, Lack
from evaluator.isolation.choose import choose
from evaluator.means import STRICT, Means, compute_devices, find_means, of_isolation
from evaluator.plan import Outcome
from tests.conftest import LAYERS, SUBMISSIONS, confined
from tests.evaluator.machines import SECURE, check_form, named

LINUX = Means(bubblewrap="0.8.0", landlock=7, filter=True, groups="cgroup v2")


@pytest.mark.parametrize("layer", LAYERS)
def test_what_remains_is_what_a_record_says(run: Callable[..., Outcome], layer: str) -> None:
    isolation = confined(layer)
    ended = run(SUBMISSIONS / "ok" / "constant", isolation=isolation).ended
    said = named("still possible", of_isolation(isolation, find_means(), []))
    assert said.found == ("; ".join(remains(ended)) or "nothing that is known")


def test_all_that_there_is() -> None:
    findings = of_isolation(SECURE, LINUX, ["/dev/nvidia0"])
    check_form(findings)
    assert {finding.status for finding in findings} == {"ok"}
    assert named("bubblewrap", findings).found == "0.8.0 works"
    assert named(STRICT, findings).found == "works here (L3)"
    assert "out of a trial's reach" in named("compute devices", findings).found
    root = SECURE._replace(drop=True, groups="systemd-run")
    findings = of_isolation(root, dataclasses.replace(LINUX, root=True, groups=""), [])
    assert {finding.status for finding in findings} == {"ok"}
    assert "systemd-run" in named("control groups", findings).found


def test_nothing_that_works() -> None:
    missing = (
        Lack("bubblewrap", "it is not installed", "Install it."),
        Lack("Landlock", "no filter of system calls is written for this processor"),
        Lack("unprivileged user", "it fails (PermissionError: [Errno 13] …)"),
    )
    isolation = NONE._replace(missing=missing)
    findings = of_isolation(isolation, Means(root=True), ["/dev/nvidia0", "/dev/kfd"])
    check_form(findings)
    assert {finding.status for finding in findings} == {"warn"}
    bubblewrap = named("bubblewrap", findings)
    assert (bubblewrap.found, bubblewrap.mend) == ("it is not installed", "Install it.")
    assert named("Landlock", findings).found == missing[1].why
    assert "[Errno 13]" in named("user", findings).found
    assert named("compute devices", findings).found.startswith("/dev/nvidia0, /dev/kfd: ")
    assert named(STRICT, findings).found == "does not work here (L1)"
    assert sum_up(findings) == f"{STRICT} does not work here (L1); {len(findings)} warnings"


def test_landlock_alone() -> None:
    isolation = Isolation(
        "landlock",
        filter=True,
        missing=(Lack("bubblewrap", "it fails (a. b)", "Allow it: c. d"), Lack("L3", "none")),
    )
    findings = of_isolation(isolation, LINUX, [])
    check_form(findings)
    warned = {finding.name for finding in findings if finding.status == "warn"}
    assert warned == {"bubblewrap", "control groups", "still possible"}
    bubblewrap = named("bubblewrap", findings)
    assert (bubblewrap.found, bubblewrap.mend) == ("it fails (a. b)", "Allow it: c. d")
    assert "stop or end its supervisor" not in named("still possible", findings).found
    older = of_isolation(isolation, dataclasses.replace(LINUX, landlock=4), [])
    assert "stop or end its supervisor" in named("still possible", older).found
    assert named(STRICT, findings).found == "works here (L2)"


def test_another_system() -> None:
    isolation = NONE._replace(missing=(Lack("L2", "it needs Linux", "Use a virtual machine."),))
    findings = of_isolation(isolation, Means(linux=False), [])
    check_form(findings)
    assert [finding.name for finding in findings] == ["compute devices", "still possible", STRICT]
    assert named(STRICT, findings).found == "does not work here (L0)"
    assert "needs Linux" in named(STRICT, findings).mend


@pytest.mark.skipif(sys.platform != "linux", reason="it needs Linux")
@pytest.mark.parametrize("program", ["", "#!/bin/sh\necho 'bwrap: uid map: refused' >&2; exit 1\n"])
def test_the_words_of_choose_are_taken_apart(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its real words, on a machine without bubblewrap, or with one that is not allowed to work."""
    if program:
        (tmp_path / "bwrap").write_text(program)
        (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    isolation = choose.__wrapped__("auto")
    finding = named("bubblewrap", of_isolation(isolation, find_means(), []))
    if program:
        assert finding.found == "it fails (bwrap: uid map: refused)"
        assert finding.mend.startswith("Allow user namespaces: ")
    else:
        assert finding.found == "it is not installed"
        assert finding.mend.startswith("Install bubblewrap: apt install")


def test_compute_devices(tmp_path: Path) -> None:
    (tmp_path / "dri").mkdir()
    for name in ("null", "nvidia0", "nvidiactl", "kfd", "dri/card0", "dri/renderD128"):
        (tmp_path / name).touch()
    assert compute_devices(tmp_path) == ["/dev/dri/renderD128", "/dev/kfd", "/dev/nvidia0"]
