"""Natural order of file names."""

from __future__ import annotations

import random

import pytest

from evaluator.datasets.natural_order import natural_order


@pytest.mark.parametrize(
    "ordered",
    [
        ["1.png", "2.png", "10.png", "100.png"],
        ["a2b10", "a10b2", "a10b10", "b1"],
        ["0001.jpg", "0002.jpg", "0010.jpg"],
        ["01.png", "1.png", "02.png", "2.png"],
        ["7", "a", "a7"],
        ["x" + "9" * 4999, "x1" + "0" * 4999],
        ["a1b22", "a11b2"],  # as long as each other, but plain order would be the other way
        ["caf\u00e9\udcff2", "caf\u00e9\udcff10"],
    ],
)
def test_order(ordered: list[str]) -> None:
    shuffled = ordered.copy()
    for seed in range(5):
        random.Random(seed).shuffle(shuffled)
        assert natural_order(shuffled) == ordered


def test_padded_numbers_keep_plain_order() -> None:
    names = [f"{i:05d}.jpg" for i in range(0, 3000, 7)]
    assert natural_order(names[::-1]) == sorted(names)
