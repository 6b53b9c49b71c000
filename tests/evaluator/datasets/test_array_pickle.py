"""Pickles that may make arrays and nothing else."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from dataset_files import noise, python2_pickle

from evaluator.datasets.array_pickle import load_array_pickle
from submission_kit.errors import DataError


def test_reads_what_python_2_wrote() -> None:
    data = noise(1, shape=(2, 3072))
    batch = load_array_pickle(python2_pickle(data, [3, 4]), "a batch")
    assert batch["labels"] == [3, 4]
    assert batch["data"].dtype == np.uint8
    assert (batch["data"] == data).all()


class Call:
    """Unpickles by calling a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.parts = function, arguments

    def __reduce__(self) -> tuple[object, ...]:
        return self.parts


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_calls_nothing(tmp_path: Path, protocol: int) -> None:
    trap = tmp_path / "trap"
    hostile = pickle.dumps({"data": Call(os.mkdir, str(trap))}, protocol)
    with pytest.raises(DataError, match=r"a batch is no pickle of arrays: .*mkdir"):
        load_array_pickle(hostile, "a batch")
    assert not trap.exists()
    pickle.loads(hostile)  # the trap does work
    assert trap.exists()


def test_a_dotted_name_leads_nowhere() -> None:
    """Protocol 4 resolves "dtype.__class__" by attributes; the permission is for whole names."""
    with pytest.raises(DataError, match="__class__"):
        load_array_pickle(b"\x80\x04\x8c\x05numpy\x8c\x0fdtype.__class__\x93.", "a batch")


@pytest.mark.parametrize("content", [b"", b"\x80", b"hello", b"\x80\x02}("])
def test_broken(content: bytes) -> None:
    with pytest.raises(DataError, match="a batch"):
        load_array_pickle(content, "a batch")
