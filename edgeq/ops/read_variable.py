"""READ_VARIABLE: the value of a variable (TFLM read_variable.cc)."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.variables import VARIABLE_TYPES, copy_call


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(dtype,): (dtype,) for dtype in VARIABLE_TYPES}
NEWEST_VERSION = 1
STATE = (0,)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The variable's shape."""
    return (node.input(0).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """The variable [1, ...] -> the same."""
    state = values[0]
    assert state is not None
    return state


def kernel(node: Node) -> KernelCall:
    """`edgeq_copy_variable` from the state to the arena."""
    return copy_call(node, 0)
