"""The logistic function of float32 values with the bits of TFLite's reference kernels."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.exp32 import exp32
from edgeq.opkit.node import Values


def logistic32(x: Values) -> Values:
    """The sigmoid of float32 values as float32; 0 below -9 and 1 above 16.6 (TFLite
    reference/logistic.h).
    """
    one = np.float32(1)
    with np.errstate(over="ignore"):
        y = np.where(x < -9, exp32(x), one / (one + exp32(-x)))
    return np.where(x > np.float32(16.619047164916992188), one, y)
