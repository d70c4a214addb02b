"""SIGNAL_FFT_AUTO_SCALE: samples shifted left as far as the largest of them allows, and by how
many bits (TFLM signal/src/fft_auto_scale.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.signal_vectors import vector


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int16",): ("int16", "int32")}
NEWEST_VERSION = 1
_LOWEST = -(1 << 15)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape, and a scalar."""
    vector(node)
    return (node.input(0).shape, ())


def simulate(node: Node, *values: Values | None) -> tuple[Values, Values]:
    """x int16 [samples, size] -> the scaled samples, and the bits int32 [samples]."""
    x = values[0]
    assert x is not None
    largest = _largest(x)
    bits = np.where(largest > 0, np.frexp(largest)[1], 32)  # the logarithm of 0 counts as 32 bits
    shift = np.where(largest < 0, 0, np.maximum(15 - bits, 0)).astype(np.int32)
    return (x.astype(np.int32) << shift[:, None]).astype(np.int16), shift


def _largest(x: Values) -> Values:
    """The largest absolute value of each row, as the reference finds it in 16 bits.

    -32768 has no absolute value there: it stays what it is, and any element behind it is larger.
    """
    wide = x.astype(np.int32)
    largest = np.abs(wide).max(axis=1)
    for row in np.flatnonzero((x == _LOWEST).any(axis=1)):
        found = 0
        for value in wide[row].tolist():
            if value > found:
                found = value
            elif -value > found:
                found = _LOWEST if value == _LOWEST else -value
        largest[row] = found
    return np.asarray(largest)


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_fft_auto_scale`, in place over the samples."""
    return KernelCall("edgeq_signal_fft_auto_scale", {"elements": vector(node)}, overlap=(0,))
