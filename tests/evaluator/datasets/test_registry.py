"""The order of places that open_dataset looks at."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest
from dataset_files import write_mnist, write_npz

from evaluator.datasets import mnist, open_dataset, registry
from evaluator.datasets.locate import FORMS
from submission_kit.errors import DataError


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of the test's own, no SUBKIT_DATA, and no download."""

    def refuse(name: str, target: Path) -> None:
        raise AssertionError("a download began")

    monkeypatch.setattr(platformdirs, "user_cache_path", lambda app: tmp_path / "cache" / app)
    monkeypatch.setattr(registry, "download", refuse)
    monkeypatch.delenv("SUBKIT_DATA", raising=False)
    return tmp_path / "cache" / "subkit" / "data"


def test_digits_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBKIT_DATA", os.devnull)
    assert open_dataset("digits").class_names == tuple("0123456789")


def test_the_option_goes_before_the_variable_before_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path
) -> None:
    (cache / "toy").mkdir(parents=True)
    write_npz(cache / "toy" / "toy-cache.npz")
    assert open_dataset("toy").source == "arrays of toy-cache.npz"
    monkeypatch.setenv("SUBKIT_DATA", str(write_npz(tmp_path / "toy-variable.npz")))
    assert open_dataset("toy").source == "arrays of toy-variable.npz"
    option = write_npz(tmp_path / "toy-option.npz")
    assert open_dataset("toy", option).source == "arrays of toy-option.npz"


def test_a_wrong_path_is_a_fault_and_no_reason_to_look_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path
) -> None:
    (cache / "toy").mkdir(parents=True)
    write_npz(cache / "toy" / "toy.npz")
    with pytest.raises(DataError, match=r"there is no .*absent"):
        open_dataset("toy", tmp_path / "absent")
    monkeypatch.setenv("SUBKIT_DATA", str(tmp_path / "absent"))
    with pytest.raises(DataError, match=r"SUBKIT_DATA: there is no .*absent"):
        open_dataset("toy")


def test_names_without_their_variations(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "a.npz")
    assert open_dataset("CIFAR-10", path).name == "cifar10"
    assert open_dataset("MNIST", path).name == "mnist"
    assert open_dataset("My-Images", path).name == "My-Images"


def test_unknown_dataset(cache: Path) -> None:
    with pytest.raises(DataError, match=r"known are digits, cifar10, mnist$") as caught:
        open_dataset("svhn")
    for way in ("--data PATH", "SUBKIT_DATA=PATH", str(cache / "svhn"), *FORMS):
        assert way in caught.value.mend


@pytest.mark.parametrize("name", ["", "..", "a/b", "../../etc", "a\\b", ".hidden"])
def test_names_that_lead_elsewhere(name: str) -> None:
    with pytest.raises(DataError, match="cannot be the name"):
        open_dataset(name)


def test_download_once(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """A download of the same shape as torchvision's, then read from the cache."""
    begun = []

    def download(name: str, target: Path) -> None:
        begun.append(name)
        mnist_files = write_mnist(target / "MNIST" / "raw")
        monkeypatch.setattr(mnist.open_mnist, "__defaults__", (mnist_files,))

    monkeypatch.setattr(registry, "download", download)
    (cache / "mnist").mkdir(parents=True)  # left empty by somebody: as good as absent
    for _ in range(2):
        assert open_dataset("mnist").counts("test") == (1,) * 10
    assert begun == ["mnist"]
