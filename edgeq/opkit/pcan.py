"""Per-channel amplitude normalization: gain of each channel by its noise, then a compression of what
that gives (TFLM signal/src/pcan_argc_fixed.cc).

The gain is a piecewise quadratic function of the noise: from each power of two to the next one it
has three coefficients in a table.
"""

from __future__ import annotations

import numpy as np

from edgeq.fixedpoint import wrap_int32
from edgeq.opkit.node import Values

GAINS = 4 * 32 - 6 + 3  # elements of a table for a noise of 32 bits
SNR_BITS, OUTPUT_BITS = 12, 6


def normalized(x: Values, noise: Values, table: Values, snr_shift: int) -> Values:
    """x and noise uint32 [..., channels], table int16 [GAINS or more] -> uint32 [..., channels].

    snr_shift: of the products of channels and gains, 0 to 63.
    """
    gain = _gain(noise.astype(np.int64), table.astype(np.int64))
    product = x.astype(np.uint64) * gain.astype(np.uint32).astype(np.uint64)
    snr = (product >> np.uint64(snr_shift)).astype(np.uint32)
    small = (snr * snr) >> np.uint32(2 + 2 * SNR_BITS - OUTPUT_BITS)
    large = (snr >> np.uint32(SNR_BITS - OUTPUT_BITS)) - np.uint32(1 << OUTPUT_BITS)
    return np.where(snr < (2 << SNR_BITS), small, large)


def _gain(noise: Values, table: Values) -> Values:
    """noise int64, 0 to 2^32 - 1 -> int16 as int64."""
    bits = np.frexp(noise.astype(np.float64))[1]  # exact: 32 bits fit
    at = np.maximum(4 * bits - 6, 0)
    fraction = np.where(
        bits < 11, noise << np.maximum(11 - bits, 0), noise >> np.maximum(bits - 11, 0)
    )
    fraction &= 0x3FF
    slope = wrap_int32(((table[at + 2] * fraction) >> 5) + (table[at + 1] << 5))
    sums = wrap_int32(wrap_int32(slope * fraction) + (1 << 14)) >> 15
    curve = (sums + table[at]).astype(np.int16).astype(np.int64)
    return np.where(noise <= 2, table[np.minimum(noise, 2)], curve)
