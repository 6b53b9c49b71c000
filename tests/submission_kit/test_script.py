"""The script form as a server runs it: a bare interpreter, folders of images, nothing of ours."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluator.instances import Instance
from evaluator.plan import Outcome
from submission_kit.bundle import pack
from submission_kit.manifest import Target
from submission_kit.script import images_in, read
from submission_kit.submission import open_submission
from tests.image_folders import lay_out

NEAREST_MEAN = Path(__file__).parents[2] / "examples" / "nearest_mean"
TRACK = Target("digits-100", "0" * 64, 1440.0, 2)

# What `python3 main.py` does, but that this repository is on no path, wherever it is installed:
# `-S` and `-I` would take numpy away too.
ALONE = """
import runpy, sys
sys.path[:] = [p for p in sys.path if p and not p.startswith({root!r})]
sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in repr(f).lower()]
sys.argv = {argv!r}
sys.path.insert(0, {folder!r})
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Path]:
    """Pack a submission in the script form, and unpack it as a server does."""

    def program(folder: Path) -> Path:
        bundle = pack(open_submission(folder), tmp_path / "it.zip", TRACK, form="script")
        with zipfile.ZipFile(bundle.path) as archive:
            archive.extractall(tmp_path / "program")
        return tmp_path / "program"

    return program


def start(program: Path, *arguments: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(program / "main.py"), *map(str, arguments)]
    root = str(Path(__file__).parents[2])
    code = ALONE.format(root=root, argv=argv, folder=str(program))
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def answers(path: Path) -> list[int]:
    text = path.read_text()
    assert not text.endswith("\n")
    return [int(line) for line in text.split("\n")]


def test_the_same_labels_as_the_native_run(
    program: Callable[..., Path],
    run: Callable[..., Outcome],
    instance: Instance,
    tmp_path: Path,
) -> None:
    expected = run(NEAREST_MEAN).predictions
    assert expected is not None
    images = lay_out(instance, tmp_path / "input")
    done = start(program(NEAREST_MEAN), images, tmp_path / "some" / "output", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert answers(tmp_path / "some" / "output" / "answer_test.txt") == (
        expected.argmax(axis=1).tolist()
    )


TELLING = """
import json, submission_kit
from submission_kit import checkpoint, progress

def train(images, labels, *, seed, threads, deadline, factor):
    progress(1, 2, loss=0.5)
    checkpoint(1, lambda images: [0] * len(images))
    with open("told.json", "w") as file:
        json.dump([seed, threads, deadline, factor, submission_kit.__file__], file)
    return lambda images: [len(images) % 10] * len(images)
"""


def test_what_it_is_given(
    make: Callable[..., Path], program: Callable[..., Path], instance: Instance, tmp_path: Path
) -> None:
    folder = make(TELLING, "entry: submission:train\nparams: {factor: 3}\n")
    where = program(folder)
    images = lay_out(instance, tmp_path / "input")
    done = start(where, images, tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    seed, threads, deadline, factor, hooks = json.loads((tmp_path / "told.json").read_text())
    assert seed == instance.training_seed
    assert threads in (1, 2)
    assert 1430 < deadline < 1440
    assert factor == 3
    assert Path(hooks).is_relative_to(where)  # the bundle's own, not this project's


def test_without_arguments_and_in_several_instances(
    program: Callable[..., Path], instance: Instance, tmp_path: Path
) -> None:
    for suffix in ("_1", "_2"):
        lay_out(instance, tmp_path / "here", suffix)
    done = start(program(NEAREST_MEAN), cwd=tmp_path / "here")
    assert done.returncode == 0, done.stderr
    first, second = (answers(tmp_path / "here" / f"answer_test_{i}.txt") for i in (1, 2))
    assert first == second
    assert len(first) == len(instance.test_images)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def train(images, labels, *, seed): ...", "error: train returned None"),
        ("def train(images, labels, *, seed): return lambda x: [0]", "returned 1 values for"),
        ("", "defines no 'train'"),
    ],
)
def test_what_is_wrong_is_said(
    make: Callable[..., Path],
    program: Callable[..., Path],
    instance: Instance,
    tmp_path: Path,
    code: str,
    says: str,
) -> None:
    where = program(make(code))
    images = lay_out(instance, tmp_path / "input")
    done = start(where, images, tmp_path / "output", cwd=tmp_path)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert start(where, tmp_path / "none", cwd=tmp_path).stderr.startswith("error: no images in")


ORACLE = """
import json, sys
from submission_kit import torchvision_guard
torchvision_guard.install()
from torchvision.datasets import ImageFolder
print(json.dumps(ImageFolder(sys.argv[1]).samples))
"""


def test_the_order_is_that_of_image_folder(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    for name in ("b/2.png", "b/10.png", "B/1.PNG", "a/x/1.jpg", "a/9.bmp", "é/1.png", "a/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no image")
        else:
            Image.new("RGB", (2, 2)).save(path)
    done = subprocess.run(
        [sys.executable, "-c", ORACLE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    paths, names = images_in(tmp_path)
    classes = sorted(set(names))
    found = [[str(path), classes.index(name)] for path, name in zip(paths, names, strict=True)]
    assert found == json.loads(done.stdout)


def test_images(tmp_path: Path) -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(4, 3)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(np.stack([grey] * 3, axis=2)).save(tmp_path / "colour.png")
    assert (read([tmp_path / "grey.png"], "L")[0, ..., 0] == grey).all()
    assert read([tmp_path / "grey.png", tmp_path / "colour.png"], "RGB").shape == (2, 4, 3, 3)
    Image.new("RGB", (9, 9)).save(tmp_path / "large.png")
    with pytest.raises(SystemExit, match="differ in size"):
        read([tmp_path / "grey.png", tmp_path / "large.png"], "RGB")
