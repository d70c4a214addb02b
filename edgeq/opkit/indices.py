"""Tensors of indices: their types, and what a firmware makes of an index that is out of range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeq.opkit.node import Values
from edgeq.opkit.strided import DATA
from edgeq.opkit.suffix import SUFFIX

INDEX_TYPES = ("int32", "int64")
INDEX_SUFFIX = {"int32": SUFFIX["int32"], "int64": "s64"}
"""The dtype of indices -> its part of a function's name."""


def indexed_types(first: bool = False) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Type rules of data and indices; first: indices are input 0."""
    return {
        ((index, data) if first else (data, index)): (data,)
        for data in DATA
        for index in INDEX_TYPES
    }


def within(index: Values, sizes: int | Sequence[int]) -> Values:
    """index int64 [...]: each at least 0 and below the size of its axis, the nearest such one.

    TFLite and TFLM stop with an error, or read what lies outside; a firmware can do neither.
    """
    return np.clip(index.astype(np.int64), 0, np.asarray(sizes) - 1)
