"""SELECT: a where the condition is true, else b, all of one shape or the condition a scalar (TFLite
kernels/select.cc).
"""

from __future__ import annotations

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.select import TYPES, Attributes, select, select_kernel, select_shape

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
NEWEST_VERSION = 4
ELEMENTWISE = True
SAME_SCALE = True
CLAMPS = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The shape of a and b. Raises UnsupportedError for a condition that is one value for each
    slice along axis 0.
    """
    condition, a, b = (node.input(k).shape for k in range(3))
    if a != b or condition not in ((), a):
        listed = ", ".join(str(list(shape)) for shape in (condition, a, b))
        raise unsupported(node, f"its inputs {listed} differ in shape")
    return (select_shape(node),)


def simulate(node: Node, *values: Values | None) -> Values:
    """condition bool, a, b [samples, *shape] -> [samples, *output shape] of a's dtype."""
    return select(node, *values)


def kernel(node: Node) -> KernelCall:
    """`edgeq_select_<type>`, in place over an input of the output's size."""
    return select_kernel(node)
