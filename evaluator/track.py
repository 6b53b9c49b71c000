"""A track: the rules of one competition, read from YAML."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from submission_kit import yamlfile
from submission_kit.errors import ConfigError
from submission_kit.yamlfile import Count

from .limits import Limits

FOLDER = Path(__file__).parent / "tracks"


@dataclass(frozen=True)
class Sampling:
    """How many images a class an instance takes; the test takes fewer where there are no more."""

    train_per_class: Count = Count(10)
    test_per_class: Count = Count(200)


@dataclass(frozen=True)
class Phase:
    """Which split of the dataset a phase draws from."""

    split: Literal["train", "test"]


@dataclass(frozen=True)
class Environment:
    """What the track's server offers; a bundle may use that and its own files, nothing else."""

    python: str = ">=3.11"
    packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Track:
    """The rules of one competition. Instance *i* of *instances* has the seed *i*.

    pretrained: whether a bundle may bring weights that were learnt elsewhere.
    counts: which of a team's entries stands for it on the leaderboard.
    """

    name: str
    dataset: str
    phases: dict[str, Phase]
    title: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    instances: Count = Count(5)
    limits: Limits = field(default_factory=Limits)
    devices: Literal["cpu"] = "cpu"
    metric: Literal["accuracy"] = "accuracy"
    pretrained: bool = False
    environment: Environment = field(default_factory=Environment)
    counts: Literal["best", "latest"] = "best"

    @property
    def digest(self) -> str:
        """Identify the rules of a trial: neither the title nor which entry counts is one."""
        return rules_digest(dataclasses.asdict(self))

    def phase(self, name: str) -> Phase:
        """Return a phase by its name.

        Raises:
            ConfigError: the track has none of that name.
        """
        if name not in self.phases:
            raise ConfigError(
                f"track {self.name} has no phase {name!r}", f"It has {', '.join(self.phases)}."
            )
        return self.phases[name]

    def smoke(self) -> Track:
        """Return the track for a smoke run: one instance, few test images, one minute."""
        return dataclasses.replace(
            self,
            instances=Count(1),
            sampling=dataclasses.replace(self.sampling, test_per_class=Count(10)),
            limits=dataclasses.replace(self.limits, wall=yamlfile.Duration(60.0)),
        )


def rules_digest(rules: Mapping[str, Any]) -> str:
    """Return the digest of a track's rules, as the track has them or as a record keeps them."""
    those = {name: value for name, value in rules.items() if name != "counts"} | {"title": ""}
    return hashlib.sha256(json.dumps(those, sort_keys=True).encode()).hexdigest()


def names() -> list[str]:
    """Return the names of the tracks that are shipped."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def open_track(name: str) -> Track:
    """Read a shipped track by its name, or any by its file.

    Raises:
        ConfigError: there is none, or the file is wrong: every fault with its line.
    """
    shipped = FOLDER / f"{name}.yaml"
    path = shipped if name in names() else Path(name)
    if not path.is_file():
        close = difflib.get_close_matches(name, names(), n=1)
        hint = f"Did you mean {close[0]}? " if close else ""
        raise ConfigError(
            f"there is no track {name!r}, and no file of that name",
            f"{hint}Shipped are {', '.join(names())}; or give a YAML file.",
        )
    track = yamlfile.read(path, Track)
    if not track.phases:
        raise ConfigError(f"{path}: phases: expected at least one, such as dev: {{split: train}}")
    return track
