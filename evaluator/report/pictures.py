"""An instance's images on a page.

They are drawn again from the track's dataset; those of an instance whose digest differs are not.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

from submission_kit.arrays import Images
from submission_kit.errors import SubkitError
from submission_kit.yamlfile import Faults, parse

from ..datasets import Dataset, open_dataset
from ..instances import Instance, draw
from ..reading import StoredRun
from ..track import Track
from .markup import Html, tag

SIDE = 64
"""Pixels: a larger image is made smaller."""


def draw_again(run: StoredRun, seed: int, data: Path | None) -> Instance | str:
    """Draw an instance of a run again; or say why that cannot be.

    data: where the dataset is, see `datasets.open_dataset`; it is not downloaded.
    """
    rules, record = run.run["rules"], run.trials[seed]["instance"]
    try:
        track = parse(json.dumps(rules), Track, run.folder / "run.json")
        dataset: Dataset = open_dataset(track.dataset, data, fetch=False)
        instance = draw(track, dataset, run.run["phase"], seed)
    except SubkitError as error:
        return f"The images are not at hand: {error.message}"
    except Faults:
        return "The images are not at hand: the run's rules are not those of a track."
    if instance.digest != record["digest"]:
        return f"{dataset.source}: gives other images than those of the run, so none are shown."
    return instance


def picture(image: Images, said: str) -> Html:
    """Return an image uint8 [H, W, C], with words for those who cannot see it."""
    return tag("img", src=_png(image), alt=said, width=SIDE, height=SIDE)


def _png(image: Images) -> str:
    """Return an image uint8 [H, W, C] as a PNG in a data URI."""
    from PIL import Image

    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image[..., :3])
    picture.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
