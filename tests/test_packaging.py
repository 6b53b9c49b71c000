"""What is installed is what is here: an editable installation would not notice a missing part."""

from __future__ import annotations

import configparser
import re
from importlib.metadata import requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def config() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def test_every_package_is_listed(config: configparser.ConfigParser) -> None:
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for name in ("submission_kit", "evaluator", "baselines")
        for path in (ROOT / name).rglob("__init__.py")
    }
    assert set(config["options"]["packages"].split()) == found


def test_every_data_file_is_listed(config: configparser.ConfigParser) -> None:
    """Files that are no module of a package: tracks, baselines, type markers."""
    listed = {
        path
        for package, patterns in config["options.package_data"].items()
        for pattern in patterns.replace(",", " ").split()
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    packages = [ROOT / name.replace(".", "/") for name in config["options"]["packages"].split()]
    for name in ("submission_kit", "evaluator", "baselines"):
        for path in (ROOT / name).rglob("*"):
            module = path.suffix == ".py" and path.parent in packages
            if path.is_file() and "__pycache__" not in path.parts and not module:
                assert path in listed, path


def test_the_core_needs_no_torch() -> None:
    core = [need for need in requires("subkit") or [] if "extra ==" not in need]
    assert core
    assert not any(re.match(r"torch|pytorch", need) for need in core)


def test_everything_needed_is_pinned(config: configparser.ConfigParser) -> None:
    pinned = {
        line.partition("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    needed = config["options"]["install_requires"].split("\n")
    needed += [
        need for extra in config["options.extras_require"].values() for need in extra.split("\n")
    ]
    names = {re.split(r"[><=]", need)[0].strip().lower() for need in needed if need.strip()}
    assert names - pinned == set()
