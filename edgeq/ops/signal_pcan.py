"""SIGNAL_PCAN: gain of each channel by its noise, then a compression of what that gives (TFLM
signal/src/pcan_argc_fixed.cc).

The gain is a piecewise quadratic function of the noise: from each power of two to the next one it
has three coefficients in a table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import wrap_int32
from edgeq.opkit.custom_options import whole
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.signal_vectors import vector


@dataclass(frozen=True)
class Attributes:
    snr_shift: int  # of the products of channels and gains


TYPES = {("uint32", "uint32", "int16"): ("uint32",)}
NEWEST_VERSION = 1
_TABLE = 4 * 32 - 6 + 3  # elements of gains up to a noise of 32 bits
_SNR_BITS, _OUTPUT_BITS = 12, 6


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[channels]. Raises UnsupportedError for a table of gains that is short or computed."""
    if vector(node) != vector(node, 1):
        raise unsupported(node, f"it has {vector(node)} channels, and noise of {vector(node, 1)}")
    if len(constant(node, 2).reshape(-1)) < _TABLE:
        raise unsupported(node, f"its table of gains has fewer than {_TABLE} elements")
    whole(node, "snr_shift", most=63)
    return (node.input(0).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x and noise uint32 [samples, channels] -> uint32 of the same shape."""
    x, noise = values[:2]
    assert x is not None
    assert noise is not None
    gain = _gain(noise.astype(np.int64), constant(node, 2).reshape(-1).astype(np.int64))
    product = x.astype(np.uint64) * gain.astype(np.uint32).astype(np.uint64)
    snr = (product >> np.uint64(node.attributes.snr_shift)).astype(np.uint32)
    small = (snr * snr) >> np.uint32(2 + 2 * _SNR_BITS - _OUTPUT_BITS)
    large = (snr >> np.uint32(_SNR_BITS - _OUTPUT_BITS)) - np.uint32(1 << _OUTPUT_BITS)
    return np.where(snr < (2 << _SNR_BITS), small, large)


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


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_pcan`, in place over the channels."""
    parameters = {
        "channels": vector(node),
        "snr_shift": node.attributes.snr_shift,
        "gains": constant(node, 2).reshape(-1)[:_TABLE],
    }
    return KernelCall("edgeq_signal_pcan", parameters, inputs=(0, 1), overlap=(0, 0))
