"""Folders of images, as the servers of the script form lay them out."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from evaluator.instances import Instance


def lay_out(instance: Instance, folder: Path, suffix: str = "") -> Path:
    """Write an instance's images so that the order of names is the instance's own."""
    for index, (image, label) in enumerate(
        zip(instance.train_images, instance.train_labels, strict=True)
    ):
        place = folder / f"train{suffix}" / f"class-{label}" / f"{index:04}.png"
        _save(image, place)
    for index, image in enumerate(instance.test_images):
        _save(image, folder / f"test{suffix}" / "all" / f"{index:04}.png")
    return folder


def _save(image: object, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(place)  # type: ignore[arg-type]
