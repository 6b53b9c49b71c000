"""The views show what was embedded, by the methods they name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from evaluator.report.build import report
from evaluator.report.embeddings import neighbours, principal
from submission_kit.cli import run as subkit
from tests.evaluator.report.test_build import text_of

EMBEDS = """
import numpy as np
from submission_kit import checkpoint

class Model:
    def __init__(self, means):
        self.means = means

    def __call__(self, images):
        return self.embed(images).argmin(1)

    def embed(self, images):
        flat = images.reshape(len(images), -1).astype(float)
        return ((flat[:, None] - self.means) ** 2).mean(2)

def train(images, labels):
    flat = images.reshape(len(images), -1)
    checkpoint(0, Model(np.random.RandomState(0).rand(10, flat.shape[1])))
    return Model(np.stack([flat[labels == k].mean(0) for k in range(10)]))
"""


@pytest.fixture(scope="session")
def embedded_run(
    score_on_digits: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("embeds")
    (folder / "submission.py").write_text(EMBEDS)
    (folder / "submission.yaml").write_text("entry: submission:train\nname: embeds\n")
    return score_on_digits(folder, embed=True)


@pytest.fixture
def clouds() -> np.ndarray:
    """float32 [120, 7]: three groups."""
    random = np.random.RandomState(0)
    centres = 9 * random.normal(size=(3, 7))
    return (centres.repeat(40, 0) + random.normal(size=(120, 7))).astype(np.float32)


def test_principal_components_are_scikit_learns(clouds: np.ndarray) -> None:
    pca = PCA(2).fit(clouds)
    flat, share = principal(clouds)
    expected = pca.transform(clouds)
    signs = np.sign((flat * expected).sum(0))
    assert np.allclose(flat * signs, expected, atol=1e-3)
    assert share == pytest.approx(pca.explained_variance_ratio_.sum(), rel=1e-4)


def test_principal_components_of_little() -> None:
    flat, share = principal(np.ones((5, 1), np.float32))
    assert flat.shape == (5, 2)
    assert not flat.any()
    assert share == 1


def test_neighbours_stay_together(clouds: np.ndarray) -> None:
    flat = neighbours(clouds)
    assert np.array_equal(flat, neighbours(clouds))
    assert trustworthiness(clouds, flat, n_neighbors=10) > 0.9


def test_the_page_shows_them(embedded_run: Path, good_run: Path, tmp_path: Path) -> None:
    html, left_out = report([embedded_run, good_run])
    text = text_of(html)
    assert left_out == []
    for when in ("before", "after"):
        assert f"PCA {when} training, instance 1, embeds" in text
    assert "t-SNE" not in text
    assert "Embeddings" not in text_of(report([good_run])[0])
    out = tmp_path / "report.html"
    assert subkit(["report", str(embedded_run), "--tsne", "-o", str(out)]) == 0
    assert "t-SNE after training, instance 1" in text_of(out.read_text())


def test_the_page_goes_to_stdout(embedded_run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert subkit(["report", str(embedded_run), "-o", "-"]) == 0
    said = capfd.readouterr()
    assert said.out.startswith("<!doctype html>")
    assert "wrote" not in said.err


def test_a_broken_file_is_named_and_the_next_shown(embedded_run: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(embedded_run, tmp_path / "copied"))
    (copied / "embeddings" / "1.npz").write_bytes(b"no zip")
    html, left_out = report([copied])
    assert [each.path.name for each in left_out] == ["1.npz"]
    assert "PCA after training, instance 2" in text_of(html)
