"""Where a dataset is found, and in which form."""

from __future__ import annotations

from pathlib import Path

import pytest
from dataset_files import write_cifar10, write_mnist, write_npz, write_tree, zip_tree

from evaluator.datasets.cifar10 import ARCHIVE, FOLDER
from evaluator.datasets.locate import FORMS, locate
from submission_kit.errors import DataError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "elsewhere", train=1, test=1)


def test_each_form_named_itself(tmp_path: Path, tree: Path) -> None:
    write_cifar10(tmp_path)
    write_mnist(tmp_path / "MNIST" / "raw")
    for name, path in [
        ("toy", tree),
        ("toy", zip_tree(tree, tmp_path / "a.ZIP")),
        ("toy", write_npz(tmp_path / "a.npz")),
        ("cifar10", tmp_path / FOLDER),
        ("cifar10", tmp_path / ARCHIVE),
        ("mnist", tmp_path / "MNIST"),
        ("mnist", tmp_path / "MNIST" / "raw"),
    ]:
        found = locate(name, path)
        assert found.path == path
        assert found.open(name).name == name


def test_torchvisions_folder_holds_both_and_its_download_too(tmp_path: Path) -> None:
    write_cifar10(tmp_path)
    write_mnist(tmp_path / "MNIST" / "raw")
    assert locate("cifar10", tmp_path).path == tmp_path / FOLDER
    assert locate("mnist", tmp_path).path == tmp_path / "MNIST"


@pytest.mark.parametrize(
    "entry", ["cifar10", "cifar-10", "CIFAR10", "CIFAR_10-images", "cifar10/cifar-10-png"]
)
def test_folder_of_datasets(tmp_path: Path, tree: Path, entry: str) -> None:
    root = tmp_path / "datasets"
    write_npz_at(root / "mnist.npz")
    write_npz_at(root / "cifar100.npz")
    (root / "cifar10.md").write_text("notes")
    (root / entry).parent.mkdir(exist_ok=True)
    tree.rename(root / entry)
    assert locate("cifar10", root).path == root / entry


def write_npz_at(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    return write_npz(path)


def test_another_number_is_another_dataset(tmp_path: Path) -> None:
    write_npz(tmp_path / "cifar100.npz")
    with pytest.raises(DataError, match=r"it holds cifar100\.npz") as caught:
        locate("cifar10", tmp_path)
    assert all(form in caught.value.mend for form in FORMS)


def test_several(tmp_path: Path) -> None:
    write_npz(tmp_path / "cifar10-a.npz")
    write_npz(tmp_path / "CIFAR-10.npz")
    with pytest.raises(DataError, match=r"several times: CIFAR-10\.npz, cifar10-a\.npz"):
        locate("cifar10", tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the folder is empty"):
        locate("cifar10", tmp_path)
    with pytest.raises(DataError, match=r"there is no .*absent"):
        locate("cifar10", tmp_path / "absent")
    (tmp_path / "cifar10.rar").write_bytes(b"Rar!")
    with pytest.raises(DataError, match="does not hold cifar10") as caught:
        locate("cifar10", tmp_path / "cifar10.rar")
    assert all(form in caught.value.mend for form in FORMS)


def test_original_files_of_another_dataset(tmp_path: Path) -> None:
    write_cifar10(tmp_path)
    with pytest.raises(DataError, match="holds cifar10, not mnist"):
        locate("mnist", tmp_path / FOLDER)


def test_a_folder_that_contains_itself(tmp_path: Path) -> None:
    """Without a bound on the depth the ways through two such links would never end."""
    for name in ("cifar10-a", "cifar10-b"):
        (tmp_path / name).symlink_to(tmp_path)
    with pytest.raises(DataError, match="does not hold cifar10"):
        locate("cifar10", tmp_path)
