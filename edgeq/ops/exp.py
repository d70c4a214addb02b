"""EXP: y = e^x, on float32 (TFLM kernels/exp.cc)."""

from __future__ import annotations

from edgeq.opkit.exp32 import exp32
from edgeq.opkit.float_unary import (
    FLOAT_TYPES,
    Attributes,
    each_element,
    output_shapes,
    unary_call,
)
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
TYPES = FLOAT_TYPES
NEWEST_VERSION = 2
ELEMENTWISE = True


def simulate(node: Node, *values: Values | None) -> Values:
    """x float32 [samples, ...] -> float32 of the same shape."""
    return each_element(exp32, values[0])


def kernel(node: Node) -> KernelCall:
    """`edgeq_exp_f32`, in place where the planner likes."""
    return unary_call(node, "exp_f32")
