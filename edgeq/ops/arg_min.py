"""ARG_MIN: the index of the first of the least elements along an axis (TFLite
reference/arg_min_max.h).
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.arg_extreme import TYPES, Attributes, arg_call, first_largest, output_shapes
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
OPTIONS = "ArgMinOptions"
NEWEST_VERSION = 3
VERSIONS = {("int8", "int32"): 2, ("int8", "int64"): 2}


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> int32 or int64 [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return first_largest(node, ~x if x.dtype != np.float32 else -x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_arg_min_s8` and so on, by the types of input and output."""
    return arg_call(node)
