"""COS: the cosine of x, an angle in radians, on float32 (TFLM kernels/elementwise.cc)."""

from __future__ import annotations

from edgeq.opkit.float_unary import (
    FLOAT_TYPES,
    Attributes,
    each_element,
    output_shapes,
    unary_call,
)
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values
from edgeq.opkit.sine32 import cos32

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
TYPES = FLOAT_TYPES
NEWEST_VERSION = 1
ELEMENTWISE = True


def simulate(node: Node, *values: Values | None) -> Values:
    """x float32 [samples, ...] -> float32 of the same shape."""
    return each_element(cos32, values[0])


def kernel(node: Node) -> KernelCall:
    """`edgeq_cos_f32`, in place where the planner likes."""
    return unary_call(node, "cos_f32")
