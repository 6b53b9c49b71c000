"""Each baseline learns, repeats itself, and keeps the contract."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
import training
from augment import published
from copies import with_copies
from features import histograms
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

import baselines

SMALL = {
    "cnn": {"checkpoints": 0},
    "knn": {},
    "svm": {"candidates": 4, "copies": 3},
    "resnet9": {
        "channels": [16, 16, 32, 32, 64],
        "epochs": 45,
        "learning_rate": 1.0e-2,
        "checkpoints": 0,
    },
    "hybrid": {
        "channels": [8, 16, 16, 16, 32],
        "embedding": 32,
        "epochs": 100,
        "batches": 1,
        "checkpoints": 0,
    },
}
ENSEMBLE = {
    "networks": [["gradients"], ["patches"]],
    "width": 16,
    "steps": 40,
    "pool": 4,
    "kernels": [
        {
            **{"cells": ["gradients", "windows"], "filters": 60, "size": 6, "stride": 3},
            **{"copies": 2, "penalty": 0.05},
        }
    ],
    "checkpoints": 0,
}
SMALL |= {
    "patches": {"filters": 60, "copies": 2},
    "kernels": {"cells": ["gradients", "windows"], "filters": 60, "copies": 2},
    "scatter": ENSEMBLE,
    "flagship": ENSEMBLE,
}
# Chance is 10 %; these stand well above it and well below what was seen.
AT_LEAST = {"cnn": 0.4, "knn": 0.6, "svm": 0.6, "resnet9": 0.5, "hybrid": 0.4}
AT_LEAST |= {"patches": 0.6, "kernels": 0.7, "scatter": 0.7, "flagship": 0.7}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def train(load, settings):
    """`train(name, images, labels, **changes)` with the small settings."""

    def train(name, images, labels, *, seed=1, **changes):
        params = {**settings(name)["params"], **SMALL[name], **changes}
        return load(name).train(images, labels, seed=seed, **params)

    return train


def as_labels(predictions: np.ndarray) -> np.ndarray:
    return predictions if predictions.ndim == 1 else predictions.argmax(1)


@pytest.mark.parametrize("name", baselines.NAMES)
def test_learns_digits(train, digits, name):
    images, labels, test_images, test_labels = digits
    predictions = train(name, images, labels)(test_images)
    assert isinstance(predictions, np.ndarray)
    if predictions.ndim == 1:
        assert np.issubdtype(predictions.dtype, np.integer)
    else:
        assert predictions.shape == (len(test_images), 10)
        assert np.issubdtype(predictions.dtype, np.floating)
        assert np.isfinite(predictions).all()
    assert (as_labels(predictions) == test_labels).mean() > AT_LEAST[name]


@pytest.mark.parametrize("name", baselines.NAMES)
def test_smoke_on_grey_28_repeats(load, settings, digits, name):
    """The smoke settings work on MNIST's shape, and the same seed gives the same predictions."""
    images, labels, test_images, _ = (
        array[..., :1] if array.ndim == 4 else array for array in digits
    )
    images, test_images = images[:, 2:30, 2:30], test_images[:50, 2:30, 2:30]
    said = settings(name)
    params = {**said["params"], **said["smoke"]}
    results = []
    for disturbance in (0, 1):
        torch.manual_seed(disturbance)  # what ran before must not matter
        np.random.seed(disturbance)
        results.append(load(name).train(images, labels, seed=7, **params)(test_images))
    assert np.array_equal(*results)
    assert len(results[0]) == 50


@pytest.mark.parametrize("name", ["knn", "resnet9", "hybrid"])
def test_seed_matters(load, settings, digits, name):
    images, labels, test_images, _ = digits
    said = settings(name)
    params = {**said["params"], **said["smoke"]}
    one, other = (
        load(name).train(images, labels, seed=seed, **params)(test_images) for seed in (1, 2)
    )
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", baselines.NAMES)
def test_settings_and_signature_agree(load, settings, name):
    """Every value that can be tuned is in `submission.yaml`, and only there."""
    said = settings(name)
    parameters = inspect.signature(load(name).train).parameters
    tunable = set(parameters) - {"images", "labels", "seed", "threads", "deadline"}
    assert tunable == set(said["params"])
    assert set(said["smoke"]) <= set(said["params"])
    assert all(parameters[key].default is inspect.Parameter.empty for key in tunable)
    assert said["name"] == name


@pytest.mark.parametrize("name", baselines.NAMES)
def test_include_is_complete_and_minimal(settings, name):
    """What the code imports from `common/`, directly or not, is what `include:` lists."""
    folder = baselines.path(name)
    common = {path.stem: path for path in (folder.parent / "common").glob("*.py")}
    needed: set[str] = set()
    waiting = [folder / "submission.py"]
    while waiting:
        for line in waiting.pop().read_text().splitlines():
            words = line.split()
            if words[:1] == ["from"] and words[1] in common.keys() - needed:
                needed.add(words[1])
                waiting.append(common[words[1]])
    included = {(folder / entry).resolve() for entry in settings(name)["include"]}
    assert included == {common[stem].resolve() for stem in needed}


@pytest.mark.parametrize("name", ["knn", "svm"])
def test_features_are_known(train, digits, name):
    images, labels, test_images, test_labels = digits
    predict = train(name, images, labels, copies=1, features="pixels")
    assert (as_labels(predict(test_images)) == test_labels).mean() > 0.5
    with pytest.raises(ValueError, match="smells"):
        train(name, images, labels, features="smells")


@pytest.mark.parametrize(("grouped", "low", "high"), [(True, 0.0, 0.2), (False, 0.25, 1.0)])
def test_grouped_search_can_be_believed(load, digits, grouped, low, high):
    """Where labels are drawn by lot there is nothing to learn, and a search should say so."""
    svm = load("svm")
    labels = np.random.default_rng(0).permutation(digits[1])
    batch, labels = with_copies(digits[0], labels, 9, published, torch.Generator().manual_seed(1))
    folds = svm.parts(labels, 100, folds=5, repeats=1, grouped=grouped, seed=1)
    classifier = svm.KernelSVC(gamma=0.03, C=10.0)
    rows = histograms(batch).astype(np.float64)
    assert low <= cross_val_score(classifier, rows, labels, cv=folds).mean() <= high


@pytest.mark.parametrize(("grouped", "sizes"), [(True, {80}), (False, {90})])
def test_parts_of_the_search(load, grouped, sizes):
    labels = np.tile(np.repeat(np.arange(10), 10), 4)
    found = load("svm").parts(
        labels, 100, folds=5 if grouped else 10, repeats=3, grouped=grouped, seed=1
    )
    assert len(found) == (15 if grouped else 30)
    assert {len(fitted) / 4 for fitted, _ in found} == sizes
    for fitted, scored in found:
        assert not set(fitted) & set(scored)
        shared = set(fitted % 100) & set(scored % 100)
        assert not shared if grouped else shared
    scored = np.concatenate([part for _, part in found[: len(found) // 3]])
    assert sorted(scored) == list(range(400))


@pytest.mark.parametrize("kernel", ["rbf", "poly", "sigmoid"])
def test_kernel_machine_is_scikit_learns(load, digits, kernel):
    rows, labels, test_rows = digits[0].reshape(100, -1), digits[1], digits[2].reshape(400, -1)
    settings = {"kernel": kernel, "gamma": 0.003, "C": 3.0}
    ours = load("svm").KernelSVC(**settings).fit(rows / 255, labels)
    theirs = SVC(**settings).fit(rows / 255, labels)
    assert (ours.predict(test_rows / 255) == theirs.predict(test_rows / 255)).mean() > 0.995


@pytest.mark.parametrize("network", ["resnet18", "densenet121"])
def test_deeper_networks_run(load, settings, digits, network):
    images, labels, test_images, _ = digits
    params = {**settings("resnet9")["params"], "epochs": 1, "checkpoints": 0, "network": network}
    predict = load("resnet9").train(images[::5], labels[::5], seed=1, **params)
    assert predict(test_images[:3]).shape == (3, 10)


def test_cnn_has_the_given_shapes(load):
    network = load("cnn").cnn(outputs=10)
    outputs, shapes = torch.rand(2, 3, 32, 32), []
    for layer in network:
        outputs = layer(outputs)
        if isinstance(layer, torch.nn.Conv2d):
            shapes.append(tuple(outputs.shape[1:]))
    assert shapes == [(16, 30, 30), (16, 14, 14), (32, 12, 12), (32, 5, 5)]
    assert network[-1].in_features == 800


def test_threads_do_not_change_the_svm(train, digits):
    images, labels, test_images, _ = digits
    one, two = (train("svm", images, labels, copies=1, threads=n)(test_images) for n in (1, 2))
    assert np.array_equal(one, two)


def test_threads_are_set(train, digits):
    images, labels, *_ = digits
    for threads in (2, 1):
        train("resnet9", images, labels, epochs=2, threads=threads)
        assert torch.get_num_threads() == threads


@pytest.mark.parametrize(("head", "kind"), [("svm", "SVC"), ("knn", "KNeighborsClassifier")])
def test_hybrid_heads(load, head, kind):
    module = load("hybrid")
    assert type(module.new_head(head, 9)).__name__ == kind
    assert getattr(module.new_head(head, 5), "n_neighbors", 5) == 5


def test_hybrid_refuses_another_head(load):
    with pytest.raises(ValueError, match="tree"):
        load("hybrid").new_head("tree", 9)


def test_hybrid_as_published(load, settings, digits):
    """Drawn triplets, the head on augmented copies: slower and less accurate, still there."""
    images, labels, test_images, _ = digits
    params = {**settings("hybrid")["params"], **settings("hybrid")["smoke"], "copies": 2}
    predict = load("hybrid").train(images, labels, seed=1, **{**params, "triplets": "drawn"})
    assert predict(test_images[:5]).shape == (5,)
    with pytest.raises(ValueError, match="half"):
        load("hybrid").train(images, labels, seed=1, **{**params, "triplets": "half"})


def test_hybrid_embeds_an_image_and_its_mirror_image_alike(load, settings, digits):
    images, labels, test_images, _ = digits
    params = {**settings("hybrid")["params"], **settings("hybrid")["smoke"]}
    points = load("hybrid").train(images, labels, seed=1, **params).embed(test_images[:7])
    mirrored = (
        load("hybrid").train(images, labels, seed=1, **params).embed(test_images[:7, :, ::-1])
    )
    assert points.shape == (7, 16)
    assert np.allclose(np.linalg.norm(points, axis=1), 1, atol=1e-5)
    assert np.allclose(points, mirrored, atol=1e-5)


@pytest.mark.parametrize("name", ["resnet9", "hybrid"])
def test_networks_keep_the_deadline(load, settings, digits, name):
    images, labels, test_images, _ = digits
    params = {**settings(name)["params"], **settings(name)["smoke"], "epochs": 2_000}
    started = time.monotonic()
    predict = load(name).train(images, labels, seed=1, threads=1, deadline=1.0, **params)
    assert len(predict(test_images[:3])) == 3
    # One epoch more than the deadline at most, with room for a busy machine.
    assert time.monotonic() - started < 8


def test_checkpoints_are_scored_while_training(load, settings, digits, monkeypatch):
    """A harness that calls `predict` at a checkpoint gets predictions and changes nothing."""
    images, labels, test_images, _ = digits
    for name in ("resnet9", "hybrid"):
        module = load(name)
        params = {**settings(name)["params"], **settings(name)["smoke"]}
        silent = module.train(images, labels, seed=1, **params)(test_images)
        steps = []

        def score(step, predict, steps=steps):
            steps.append(step)
            assert len(predict(test_images[:20])) == 20

        with monkeypatch.context() as patch:
            patch.setattr(training, "checkpoint", score)
            patch.setattr(module, "checkpoint", score, raising=False)
            scored = module.train(images, labels, seed=1, **params)(test_images)
        assert steps == [params["epochs"]] if name == "resnet9" else [0, params["epochs"]]
        assert np.array_equal(scored, silent)


def test_a_bundle_runs_without_the_kit(settings, tmp_path):
    """A folder with the code and its included files trains where `submission_kit` is missing."""
    folder = baselines.path("resnet9")
    for entry in ("submission.py", *settings("resnet9")["include"]):
        shutil.copy(folder / entry, tmp_path)
    params = {**settings("resnet9")["params"], **settings("resnet9")["smoke"]}
    (tmp_path / "run.py").write_text(
        "import sys\n"
        "sys.modules['submission_kit'] = None  # makes its import fail\n"
        "import numpy as np, submission\n"
        "images = np.zeros((20, 32, 32, 3), np.uint8)\n"
        f"predict = submission.train(images, np.arange(20) % 10, seed=1, **{params!r})\n"
        "print(predict(images).shape)\n"
    )
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "(20, 10)\n", done.stderr


def test_path():
    for name in baselines.NAMES:
        assert (baselines.path(name) / "submission.yaml").is_file()
    with pytest.raises(ValueError, match="knn"):
        baselines.path("random_forest")
