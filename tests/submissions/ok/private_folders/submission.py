"""Home, temporary and working folder are its own and empty of others."""

import os
import tempfile
from pathlib import Path

import helper


def train(images, labels):
    assert not list(Path.home().iterdir())
    assert not os.listdir(tempfile.gettempdir())
    assert Path("helper.py").is_file()
    assert helper.WORD == "beside"
    for folder in (Path.home(), Path(tempfile.gettempdir()), Path.cwd()):
        (folder / "mine").write_text("x")
    return lambda images: [0] * len(images)
