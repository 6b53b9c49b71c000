"""What a machine has to offer, and when it falls short."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator import capacity
from evaluator.capacity import TemporaryFolder, of_capacity, of_temporary_folder
from evaluator.isolation import NONE, cgroups
from evaluator.limits import Limits
from tests.evaluator.machines import GOOD, SECURE, check_form, named


def test_a_good_machine() -> None:
    findings = of_capacity(GOOD, Limits(), SECURE)
    check_form(findings)
    assert {finding.status for finding in findings} == {"ok"}
    told = of_capacity(dataclasses.replace(GOOD, frequency="governor powersave"), Limits(), SECURE)
    assert named("frequency", told).found == "governor powersave"


@pytest.mark.parametrize(
    ("name", "facts", "says"),
    [
        ("cores", {"cores": 1}, "1 of 4; a trial has 2 threads"),
        ("cores", {"quota": 1.5}, "4, for 1.5 CPU seconds a second; a trial"),
        ("load", {"load": 3.1}, "3.10 on 4 cores"),
        ("memory", {"memory": 4_000_000_000}, "4 GB; a trial may use 8 GB"),
        ("memory", {"memory_limit": 2_000_000_000}, "2 GB of 32 GB, by a control group; a trial"),
        ("memory", {"available": 5_000_000_000}, "32 GB, 5 GB available; a trial"),
        ("swap", {"swap": 8_000_000_000, "swapped": 4_000_000_000}, "8 GB, 4 GB in use; without"),
        ("/dev/shm", {"shared_memory": 67_108_864}, "67.1 MB: little"),
        ("/dev/shm", {"shared_memory": None}, "missing"),
        ("open files", {"open_files": 1024}, "1024 for each process"),
        ("clock", {"clock": 0.0156}, "0.016 s"),
    ],
)
def test_a_machine_that_falls_short(name: str, facts: dict[str, float], says: str) -> None:
    if name == "/dev/shm" and sys.platform != "linux":
        pytest.skip("it needs Linux")
    findings = of_capacity(dataclasses.replace(GOOD, **facts), Limits(), NONE)
    check_form(findings)
    assert [finding.name for finding in findings if finding.status != "ok"] == [name]
    assert named(name, findings).found.startswith(says) or says in named(name, findings).found
    assert named(name, findings).status == "warn"


def test_a_load_is_no_matter_where_enough_is_left() -> None:
    busy = dataclasses.replace(GOOD, cores=4, all_cores=64, load=40.0)
    assert named("load", of_capacity(busy, Limits(), SECURE)).status == "ok"


@pytest.mark.parametrize(
    ("folder", "status", "says"),
    [
        (TemporaryFolder(Path("/tmp"), 80_000_000_000, "ext4"), "ok", "/tmp, 80 GB free"),
        (TemporaryFolder(Path("/tmp"), 11_000_000_000, "ext4"), "warn", "may fill 10 GB"),
        (TemporaryFolder(Path("/tmp"), 80_000_000_000, "tmpfs"), "warn", "in memory (tmpfs)"),
        (TemporaryFolder(Path("/tmp"), 900_000_000, "ext4"), "fail", "900 MB free"),
        (TemporaryFolder(Path("/tmp"), 80_000_000_000, "", Path("/x")), "warn", "not /x, which"),
        (None, "fail", "none can be written"),
    ],
)
def test_temporary_folders(folder: TemporaryFolder | None, status: str, says: str) -> None:
    finding = of_temporary_folder(folder, Limits())
    check_form([finding])
    assert finding.status == status
    assert says in finding.found
    assert status == "ok" or "TMPDIR" in finding.mend


def test_the_file_system_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "inner")
    mounts = [
        ("/", "ext4"),
        (str(tmp_path), "xfs"),
        (str(tmp_path / "inner"), "ext4"),
        (str(tmp_path / "inner"), "tmpfs"),
        (f"{tmp_path}/in", "nfs"),
    ]
    assert capacity.file_system(tmp_path / "link" / "a", mounts) == "tmpfs"
    assert capacity.file_system(tmp_path / "b", mounts) == "xfs"
    assert capacity.file_system(Path("/"), mounts) == "ext4"
    assert capacity.file_system(Path("/"), []) == ""


@pytest.fixture
def group() -> Iterator[cgroups.Group]:
    """A real control group of 3 GB."""
    place = cgroups.find() if sys.platform == "linux" else None
    if place is None:
        pytest.skip("no control group can be made")
    group = cgroups.Group(place, f"subkit-test-{os.getpid()}")
    group.make({"memory": 3 << 30, "processes": 64})
    yield group
    group.remove(5.0)


def test_the_limit_of_ones_own_control_group(group: cgroups.Group) -> None:
    entrances = group.entrances()
    code = "from evaluator.capacity import capacity; print(capacity().memory_limit)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: [os.write(entrance, b"0") for entrance in entrances],
    ).stdout
    for entrance in entrances:
        os.close(entrance)
    assert int(said) == 3 << 30
