"""SELECT_V2: a where the condition is true, else b, all three broadcast (TFLM kernels/select.cc)."""

from __future__ import annotations

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.select import TYPES, Attributes, select, select_kernel, select_shape

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
NEWEST_VERSION = 2
ELEMENTWISE = True
SAME_SCALE = True
CLAMPS = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which condition, a and b broadcast."""
    return (select_shape(node),)


def simulate(node: Node, *values: Values | None) -> Values:
    """condition bool, a, b [samples, *shape] -> [samples, *output shape] of a's dtype."""
    return select(node, *values)


def kernel(node: Node) -> KernelCall:
    """`edgeq_select_<type>`, in place over an input of the output's size."""
    return select_kernel(node)
