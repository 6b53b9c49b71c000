"""Folders and zips of images."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from dataset_files import image_bytes, noise, write_tree, zip_tree

from evaluator.datasets.image_tree import open_image_folder, open_image_zip
from submission_kit.errors import DataError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree")


ALL = [(label, i) for label in range(2) for i in range(12)]


def test_folder_in_natural_order(tree: Path) -> None:
    dataset = open_image_folder("toy", tree)
    assert dataset.class_names == ("ant", "bee")
    assert dataset.counts("train") == (12, 12)
    assert dataset.counts("test") == (3, 3)
    images = dataset.images("train", ALL[::-1])
    assert images.dtype == np.uint8
    # 10.png and 11.png come last, not after 1.png.
    assert (images == np.stack([noise(12, label, i) for label, i in ALL[::-1]])).all()
    assert (dataset.images("test", [(1, 2)])[0] == noise(3, 1, 2)).all()


@pytest.mark.parametrize("top", ["", "cifar10/"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_gives_what_the_folder_gives(tree: Path, tmp_path: Path, top: str, method: int) -> None:
    packed = open_image_zip("toy", zip_tree(tree, tmp_path / "toy.zip", top, method))
    plain = open_image_folder("toy", tree)
    assert packed.class_names == plain.class_names
    assert packed.counts("test") == plain.counts("test")
    assert (packed.images("train", ALL) == plain.images("train", ALL)).all()
    assert packed.source == "zip of images toy.zip"


def litter(tree: Path) -> None:
    """What macOS, Windows and people leave behind."""
    (tree / ".DS_Store").write_bytes(b"x")
    (tree / "README.png").write_bytes(b"x")
    (tree / "train" / ".cache").mkdir()
    (tree / "train" / ".cache" / "1.png").write_bytes(b"x")
    (tree / "train" / "ant" / "._1.png").write_bytes(b"x")
    (tree / "train" / "ant" / "Thumbs.db").write_bytes(b"x")
    (tree / "train" / "ant" / "deeper").mkdir()
    (tree / "train" / "ant" / "deeper" / "1.png").write_bytes(b"x")
    (tree / "train" / "empty").mkdir()
    (tree / "__MACOSX" / "train" / "ant").mkdir(parents=True)
    (tree / "__MACOSX" / "train" / "ant" / "1.png").write_bytes(b"x")


@pytest.mark.parametrize("top", ["", "top/"])
def test_litter_is_left_out(tree: Path, tmp_path: Path, top: str) -> None:
    litter(tree)
    packed = open_image_zip("toy", zip_tree(tree, tmp_path / "toy.zip", top))
    for dataset in (open_image_folder("toy", tree), packed):
        assert dataset.class_names == ("ant", "bee")
        assert dataset.counts("train") == (12, 12)


def test_only_picked_images_are_decoded(tree: Path) -> None:
    (tree / "train" / "ant" / "5.png").write_bytes(b"no image")
    dataset = open_image_folder("toy", tree)
    assert len(dataset.images("train", [(0, 4), (0, 6)])) == 2
    with pytest.raises(DataError, match=r"train/ant/5\.png .* cannot be decoded"):
        dataset.images("train", [(0, 4), (0, 5)])


def test_truncated_image(tree: Path) -> None:
    file = tree / "train" / "ant" / "0.png"
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(DataError, match="cannot be decoded"):
        open_image_folder("toy", tree).images("train", [(0, 0)])


def test_file_that_vanished(tree: Path) -> None:
    dataset = open_image_folder("toy", tree)
    (tree / "train" / "ant" / "0.png").unlink()
    with pytest.raises(DataError, match=r"0\.png cannot be read"):
        dataset.images("train", [(0, 0)])


def test_grey_has_one_channel_and_other_modes_become_rgb(tmp_path: Path) -> None:
    grey = noise(1, shape=(5, 4, 1))
    transparent = noise(2, shape=(5, 4, 4))
    for split in ("train", "test"):
        for label, pixels in (("grey", grey), ("rgba", transparent)):
            (tmp_path / split / label).mkdir(parents=True)
            (tmp_path / split / label / "1.png").write_bytes(image_bytes(pixels))
    dataset = open_image_folder("toy", tmp_path)
    assert (dataset.images("train", [(0, 0)]) == grey).all()
    assert (dataset.images("train", [(1, 0)]) == transparent[..., :3]).all()
    with pytest.raises(DataError, match="differ in shape") as caught:
        dataset.images("test", [(0, 0), (1, 0)])
    assert "test/grey/1.png" in caught.value.message
    assert "test/rgba/1.png" in caught.value.message


def test_sixteen_bits_are_refused_rather_than_clipped(tree: Path) -> None:
    deep = noise(1).astype(np.uint16)[..., 0] * 257
    (tree / "train" / "ant" / "0.png").write_bytes(image_bytes(deep))
    with pytest.raises(DataError, match="more than 8 bits"):
        open_image_folder("toy", tree).images("train", [(0, 0)])


def test_no_picks_give_no_images_of_the_right_shape(tree: Path) -> None:
    assert open_image_folder("toy", tree).images("train", []).shape == (0, 5, 4, 3)


def test_splits_must_have_the_same_classes(tree: Path) -> None:
    (tree / "test" / "bee").rename(tree / "test" / "wasp")
    with pytest.raises(DataError) as caught:
        open_image_folder("toy", tree)
    assert "train/ has no images of wasp" in caught.value.message
    assert "test/ has no images of bee" in caught.value.message


def test_a_split_is_missing(tree: Path) -> None:
    (tree / "test").rename(tree / "valid")
    with pytest.raises(DataError, match="test/ has no images of ant, bee"):
        open_image_folder("toy", tree)


def test_two_top_folders(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "pair").mkdir()
    tree.rename(tmp_path / "pair" / "one")
    write_tree(tmp_path / "pair" / "two")
    with pytest.raises(DataError, match="several folders: one, two"):
        open_image_zip("toy", zip_tree(tmp_path / "pair", tmp_path / "toy.zip"))


def test_zip_without_images(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "readme.txt").write_text("hello")
    with pytest.raises(DataError, match="holds no images") as caught:
        open_image_zip("toy", zip_tree(tmp_path / "other", tmp_path / "toy.zip"))
    assert "train/<class>/<image>" in caught.value.mend


def test_zip_cut_short(tree: Path, tmp_path: Path) -> None:
    path = zip_tree(tree, tmp_path / "toy.zip")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"toy\.zip"):
        open_image_zip("toy", path)
