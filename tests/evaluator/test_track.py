"""The shipped tracks are as the competition has them; a user's own is read with every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.track import names, open_track
from submission_kit.errors import ConfigError


@pytest.mark.parametrize("name", ["cifar10-100", "digits-100", "mnist-100"])
def test_shipped(name: str) -> None:
    track = open_track(name)
    assert track.name == name
    assert (track.phase("dev").split, track.phase("final").split) == ("train", "test")
    assert (track.instances, track.limits.wall, track.limits.scope) == (5, 7200, "run")
    assert (track.sampling.train_per_class, track.sampling.test_per_class) == (10, 200)
    assert track.devices == "cpu"
    assert "torch" in track.environment.packages


def test_all_shipped_are_known() -> None:
    assert names() == ["cifar10-100", "digits-100", "mnist-100"]


def test_a_users_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ndataset: flowers\nphases: {only: {split: test}}\n")
    track = open_track(str(path))
    assert track.limits.wall == 7200
    path.write_text(path.read_text() + "title: Flowers\n")
    assert open_track(str(path)).digest == track.digest
    path.write_text(path.read_text() + "limits: {wall: 1h, scope: instance}\n")
    assert open_track(str(path)).digest != track.digest


def test_every_fault_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "name: bad\ndataset: x\nphases:\n  dev: {split: validation}\n"
        "limits:\n  wall: 2 hours\n  scope: trial\ninstanzes: 5\n"
    )
    with pytest.raises(ConfigError) as caught:
        open_track(str(path))
    assert [line.removeprefix(f"{path}:") for line in caught.value.message.splitlines()] == [
        "4:9: phases.dev.split: expected train or test, got 'validation'",
        "6:3: limits.wall: expected a duration such as 2h, 90m or 30 s, got '2 hours'",
        "7:3: limits.scope: expected run or instance, got 'trial'",
        "8:1: instanzes: unknown; did you mean 'instances'?",
    ]


def test_no_phases_no_phase_no_track(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("name: x\ndataset: x\nphases: {}\n")
    with pytest.raises(ConfigError, match="expected at least one"):
        open_track(str(tmp_path / "empty.yaml"))
    with pytest.raises(ConfigError) as caught:
        open_track("digits-100").phase("finale")
    assert "dev, final" in caught.value.mend
    with pytest.raises(ConfigError) as caught:
        open_track("digit-100")
    assert "Did you mean digits-100?" in caught.value.mend


def test_smoke_is_small() -> None:
    smoke = open_track("cifar10-100").smoke()
    assert (smoke.instances, smoke.sampling.test_per_class, smoke.limits.wall) == (1, 10, 60)
    assert smoke.sampling.train_per_class == 10
