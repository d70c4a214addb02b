"""SIGNAL_FILTER_BANK_SQUARE_ROOT: square roots to nearest, shifted right (TFLM
signal/src/filter_bank_square_root.cc).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import rounded_square_root
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.signal_vectors import vector


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("uint64", "int32"): ("uint32",)}
NEWEST_VERSION = 1
_BITS = 32


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape; how far roots are shifted is a scalar."""
    vector(node)
    if node.input(1).shape != ():
        raise unsupported(node, "its shift is no single number")
    return (node.input(0).shape,)


def index_limits(node: Node) -> Mapping[int, int]:
    """A shift leaves something of 32 bits."""
    return {1: _BITS}


def simulate(node: Node, *values: Values | None) -> Values:
    """x uint64 [samples, channels], shift int32 [samples or 1] -> uint32 [samples, channels].

    Of a shift the lowest 5 bits count, as on most cores; it is 0 to 15 behind
    SIGNAL_FFT_AUTO_SCALE.
    """
    x, shift = values[:2]
    assert x is not None
    assert shift is not None
    bits = (shift & (_BITS - 1)).astype(np.uint32)
    return np.asarray(rounded_square_root(x) >> bits[:, None])


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_filter_bank_square_root`, in place where the planner likes."""
    return KernelCall(
        "edgeq_signal_filter_bank_square_root",
        {"elements": vector(node)},
        inputs=(0, 1),
        overlap=(0, None),
    )
