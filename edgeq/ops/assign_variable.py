"""ASSIGN_VARIABLE: gives a variable another value (TFLM assign_variable.cc)."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.variables import VARIABLE_TYPES, copy_call


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(dtype, dtype): (dtype,) for dtype in VARIABLE_TYPES}
NEWEST_VERSION = 1
STATE = (0,)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The variable's shape, which is that of the value."""
    return (node.input(1).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """The variable and its new value [1, ...] -> that value."""
    value = values[1]
    assert value is not None
    return value


def kernel(node: Node) -> KernelCall:
    """`edgeq_copy_variable` from the value to the state."""
    return copy_call(node, 1)
