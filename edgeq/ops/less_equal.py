"""LESS_EQUAL: a <= b, either operand broadcast; int8 by real values of 8 fraction bits (TFLM
kernels/comparisons.cc).
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.comparison import (
    ORDERED,
    VERSIONS,
    Attributes,
    compare,
    comparison_kernel,
    output_shapes,
)
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values

__all__ = ["TYPES", "VERSIONS", "Attributes", "kernel", "output_shapes", "simulate"]
TYPES = ORDERED
NEWEST_VERSION = 2
ELEMENTWISE = True


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b [samples, *shape] of one dtype -> bool [samples, *output shape]."""
    return compare(node, np.less_equal, *values)


def kernel(node: Node) -> KernelCall:
    """`edgeq_greater_equal_<type>`, operands swapped."""
    return comparison_kernel(node, "greater_equal", order=(1, 0))
