"""Square roots of whole numbers (TFLM signal/src/square_root_64.cc)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def rounded_square_root(x: npt.ArrayLike) -> npt.NDArray[Any]:
    """The square roots of uint64 values to nearest, uint32.

    There are no ties. Rounding does not go beyond 16 bits for arguments of 32 bits, and not beyond
    32 bits for others.

    >>> rounded_square_root([6, 7, 2**32 - 1, 2**32, 2**64 - 1]).tolist()
    [2, 3, 65535, 65536, 4294967295]
    """
    x = np.asarray(x, np.uint64)
    root = np.minimum(np.sqrt(x.astype(np.float64)), 2.0**32 - 1).astype(np.uint64)
    root -= (root * root > x).astype(np.uint64)
    most = np.uint64(0xFFFFFFFF)
    above = np.minimum(root + np.uint64(1), most)
    root = np.where((above > root) & (above * above <= x), above, root)
    limit = np.where(x >> np.uint64(32) == 0, np.uint64(0xFFFF), most)
    return np.asarray(root + ((x - root * root > root) & (root != limit)), np.uint32)
