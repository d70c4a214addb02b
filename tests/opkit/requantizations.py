"""Requantizations of given factors, and every accumulator within a reach, for tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from edgeq.opkit.requantize import Requantization, channel_multipliers

FACTORS = (
    st.floats(1e-6, 1.5)
    | st.sampled_from([2.0**-k for k in range(12)])
    | st.floats(2.0**-34, 2.0**-20)
)


def requantization(
    *factors: float, zero_point: int = 0, low: int = -128, high: int = 127, dtype: str = "int8"
) -> Requantization:
    multiplier, shift = channel_multipliers(factors)
    return Requantization(multiplier, shift, zero_point, low, high, dtype)


def everything(reach: int, channels: int = 1) -> np.ndarray:
    """Every accumulator within reach, [2 * reach + 1, channels]."""
    return np.repeat(np.arange(-reach, reach + 1)[:, None], channels, axis=1)
