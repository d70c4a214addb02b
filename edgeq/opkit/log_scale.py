"""Natural logarithms of channels, scaled (TFLM signal/src/filter_bank_log.cc)."""

from __future__ import annotations

import numpy as np

from edgeq.fixedpoint import scaled_log
from edgeq.opkit.node import Values


def log_scale(x: Values, correction_bits: int, scale: int, most: int) -> Values:
    """x uint32 -> scale * log(x << correction_bits), at most `most`, uint32; 0 of 0 and 1.

    correction_bits: 0 to 31; what is shifted beyond 32 bits is lost. scale: 0 to 2^32 - 1.
    """
    shifted = x << np.uint32(correction_bits)
    logs = scaled_log(np.maximum(shifted, 1), scale)
    return np.where(shifted > 1, np.minimum(logs, np.uint32(most)), np.uint32(0))
