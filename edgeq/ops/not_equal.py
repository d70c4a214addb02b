"""NOT_EQUAL: a != b, either operand broadcast; int8 by real values of 8 fraction bits (TFLM
kernels/comparisons.cc).
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.comparison import (
    TYPES,
    VERSIONS,
    Attributes,
    compare,
    comparison_kernel,
    output_shapes,
)
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values

__all__ = ["TYPES", "VERSIONS", "Attributes", "kernel", "output_shapes", "simulate"]
NEWEST_VERSION = 4
ELEMENTWISE = True


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b [samples, *shape] of one dtype -> bool [samples, *output shape]."""
    return compare(node, np.not_equal, *values)


def kernel(node: Node) -> KernelCall:
    """`edgeq_not_equal_<type>`."""
    return comparison_kernel(node, "not_equal")
