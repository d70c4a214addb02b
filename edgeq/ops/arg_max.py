"""ARG_MAX: the index of the first of the largest elements along an axis (TFLite
reference/arg_min_max.h).
"""

from __future__ import annotations

from edgeq.opkit.arg_extreme import TYPES, Attributes, arg_call, first_largest, output_shapes
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
OPTIONS = "ArgMaxOptions"
NEWEST_VERSION = 3
VERSIONS = {("int8", "int32"): 2, ("int8", "int64"): 2}


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> int32 or int64 [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return first_largest(node, x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_arg_max_s8` and so on, by the types of input and output."""
    return arg_call(node)
