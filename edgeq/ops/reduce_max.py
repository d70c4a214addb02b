"""REDUCE_MAX: the largest element over axes, in the input's scale (TFLite reference/reduce.h)."""

from __future__ import annotations

from edgeq.opkit.extreme import TYPES, extreme_call, largest, output_shapes
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values
from edgeq.opkit.reduction import Attributes

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
OPTIONS = "ReducerOptions"
NEWEST_VERSION = 3
SAME_SCALE = True
HOMOGENEOUS = True
VERSIONS = {("int8",): 2, ("int16",): 3}


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape] of the same type."""
    x = values[0]
    assert x is not None
    return largest(node, x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_reduce_max_s8` and so on, by the input's type."""
    return extreme_call(node)
