"""Downloads, without any traffic: one that fails, one that a stand-in for torchvision makes."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import platformdirs
import pytest

from evaluator.datasets import open_dataset
from evaluator.datasets.download import download
from evaluator.datasets.locate import FORMS
from submission_kit.errors import DataError

STAND_IN = """
from pathlib import Path

class MNIST:
    def __init__(self, root, train, download):
        print("talking on stdout")
        if {fails}:
            raise RuntimeError("first line\\nlast line")
        (Path(root) / "MNIST").mkdir()
"""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Puts a package named torchvision before the real one; returns its `datasets.py`."""
    package = tmp_path / "stand-in" / "torchvision"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "datasets.py").write_text(STAND_IN.format(fails=False))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    return package / "datasets.py"


@pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed"
)
def test_a_failed_download_names_every_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real child process, and a proxy that nobody answers at, so that no traffic leaves."""
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("no_proxy", "NO_PROXY", "SUBKIT_DATA"):
        monkeypatch.delenv(variable, raising=False)
    cache = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda app: cache / app)
    with pytest.raises(DataError) as caught:
        open_dataset("cifar10")
    assert "downloading cifar10 failed" in caught.value.message
    assert "urlopen error" in caught.value.message  # it came as far as the network
    folder = cache / "subkit" / "data" / "cifar10"
    for way in ("--data PATH", "SUBKIT_DATA=PATH", str(folder), *FORMS):
        assert way in caught.value.mend
    assert list(folder.parent.iterdir()) == []  # nothing half-done is left


@pytest.mark.usefixtures("stand_in")
def test_a_complete_download_takes_its_name(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "cache" / "mnist"
    download("mnist", target)
    assert (target / "MNIST").is_dir()
    assert [entry.name for entry in target.parent.iterdir()] == ["mnist"]
    out, err = capfd.readouterr()
    assert out == ""
    assert "talking on stdout" in err


def test_the_last_line_says_what_failed(stand_in: Path, tmp_path: Path) -> None:
    stand_in.write_text(STAND_IN.format(fails=True))
    with pytest.raises(DataError, match=r"downloading mnist failed: last line$"):
        download("mnist", tmp_path / "cache" / "mnist")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_child_that_dies_without_a_word(stand_in: Path, tmp_path: Path) -> None:
    stand_in.write_text("import os; os._exit(7)")
    with pytest.raises(DataError, match="exit status 7"):
        download("mnist", tmp_path / "cache" / "mnist")


@pytest.mark.usefixtures("stand_in")
def test_the_faster_of_two_downloads_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    target = tmp_path / "cache" / "mnist"
    run = subprocess.run

    def run_late(*arguments: object, **options: object) -> object:
        done = run(*arguments, **options)  # type: ignore[call-overload]
        target.mkdir()
        (target / "theirs").touch()
        return done

    monkeypatch.setattr(subprocess, "run", run_late)
    download("mnist", target)
    assert [entry.name for entry in target.iterdir()] == ["theirs"]
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.usefixtures("stand_in")
def test_nothing_is_imported_from_the_working_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It may be a submission's folder, with code that nobody trusts."""
    folder = tmp_path / "submission"
    folder.mkdir()
    for name in ("socket", "contextlib", "torchvision", "submission_kit"):
        (folder / f"{name}.py").write_text("raise SystemExit('hostile code ran')")
    monkeypatch.chdir(folder)
    download("mnist", tmp_path / "cache" / "mnist")
    assert (tmp_path / "cache" / "mnist" / "MNIST").is_dir()


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written to"):
        download("mnist", tmp_path / "file" / "mnist")
