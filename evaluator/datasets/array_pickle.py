"""Pickles of NumPy arrays, read without letting them do anything.

A pickle is a small program; the opcodes that call things can call whatever `find_class` hands
out. Here it hands out three names, which are all that an array written by Python 2 needs, and
with which nothing but arrays can be made. The files it is for are compared with an MD5 first,
but MD5 can be forged.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np

from submission_kit.errors import DataError

_ALLOWED: dict[tuple[str, str], Any] = {
    # Its home has moved between NumPy's versions; an array names the function itself.
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def load_array_pickle(content: bytes, what: str) -> Any:
    """Read lists, dicts, numbers, text and arrays from a pickle that Python 2 wrote.

    what: names the pickle in a fault.
    Raises DataError where it is broken or asks for any other class or function.
    """
    try:
        # latin1 maps Python 2's byte strings, pixels among them, to text and back unchanged.
        return _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as fault:  # a broken pickle can raise nearly anything
        raise DataError(f"{what} is no pickle of arrays: {fault}") from fault
