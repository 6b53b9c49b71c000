"""The forms of an entry, and of predictions. What goes wrong end to end is in `submissions/`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from submission_kit.contract import ContractError, InvalidOutput, adapt, check_predictions

IMAGES = np.zeros((4, 2, 2, 3), np.uint8)
LABELS = np.arange(4)
OFFERED = {"seed": 7, "threads": 2, "deadline": 9.0}


def trained(target: Any, **params: Any) -> Any:
    return adapt(target, "train", params).train(IMAGES, LABELS, OFFERED)


def test_optional_arguments_go_only_where_they_are_named() -> None:
    got: dict[str, Any] = {}

    def train(images: Any, labels: Any, *, threads: int, **params: Any) -> Any:
        got.update(params, threads=threads)
        return len

    trained(train, epochs=3)
    assert got == {"threads": 2, "seed": 7, "epochs": 3}

    def bare(images: Any, labels: Any) -> Any:
        return len

    assert trained(bare) is len


def test_an_estimator_gets_rows_and_another_object_images() -> None:
    class Model:
        shape: Any = None

        def fit(self, X: Any, y: Any) -> None:
            Model.shape = (X.shape, X.dtype.name)

        def predict(self, X: Any) -> Any:
            return [0] * len(X)

    class Estimator(Model):
        def get_params(self) -> None: ...
        def set_params(self) -> None: ...

    assert trained(Model)(IMAGES) == [0] * 4
    assert Model.shape == ((4, 2, 2, 3), "uint8")
    trained(Estimator)
    assert Model.shape == ((4, 12), "float32")
    trained(lambda: Model())
    assert Model.shape == ((4, 2, 2, 3), "uint8")


def test_params_the_harness_gives_itself_are_refused() -> None:
    with pytest.raises(ContractError, match="'seed' is the harness's to give"):
        adapt(lambda images, labels, seed: len, "train", {"seed": 3})


def test_params_cannot_reach_a_finished_object() -> None:
    class Model:
        fit = predict = len

    with pytest.raises(ContractError, match="cannot reach it"):
        adapt(Model(), "model", {"depth": 3})


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([1, 0, 2], [1, 0, 2]),
        ((1, 0, 2), [1, 0, 2]),
        (np.array([[1], [0], [2]], np.uint8), [1, 0, 2]),
        ([[1], [0], [2]], [1, 0, 2]),
        (np.array([1, 0, 2], np.int8), [1, 0, 2]),
        ([np.int64(1), np.int64(0), 2], [1, 0, 2]),
    ],
)
def test_labels_that_are_taken(raw: Any, expected: list[int]) -> None:
    got = check_predictions(raw, 3, 3)
    assert got.tolist() == expected
    assert got.dtype == np.int64


def test_scores_that_are_taken() -> None:
    got = check_predictions(np.eye(3), 3, 3)
    assert got.dtype == np.float32
    assert check_predictions([[0.5, 0.2, 0.3]], 1, 3).shape == (1, 3)


def test_a_tensor_that_carries_its_gradient_is_taken() -> None:
    torch = pytest.importorskip("torch")
    assert check_predictions(torch.eye(3, requires_grad=True), 3, 3).shape == (3, 3)


@pytest.mark.parametrize(
    "raw", [True, "cat", {1: 2}, [True, False, True], [1.0, 2.0, 0.0], np.zeros((3, 3), int), [[]]]
)
def test_what_is_not_taken(raw: Any) -> None:
    with pytest.raises(InvalidOutput, match="expected 3 integer labels"):
        check_predictions(raw, 3, 3)


def test_two_classes_and_a_column_stay_labels() -> None:
    """[count, 1] and [count, classes] are told apart by type, never by luck."""
    assert check_predictions(np.array([[1], [0]]), 2, 2).tolist() == [1, 0]
    with pytest.raises(InvalidOutput):
        check_predictions(np.array([[0.5], [0.5]]), 2, 2)
