"""LOOKUP: a table of 256 results, which stands for neighbouring operators that work on each element of
one int8 tensor by itself; edgeq makes it when it generates code, and files never have it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import look_up, lookup_kernel, same_shape
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.rows import RowKernel, element_rows


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8", "int8"): ("int8",)}
NEWEST_VERSION = 1
ELEMENTWISE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape. Raises UnsupportedError unless input 1 has 256 constants, in the order of
    the inputs' bits read as unsigned.
    """
    if constant(node, 1).shape != (256,):
        raise unsupported(node, f"its table has the shape {list(node.input(1).shape)}, not [256]")
    return same_shape(node)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 [samples, ...] -> int8 of the same shape."""
    x = values[0]
    assert x is not None
    return look_up(constant(node, 1), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8`, in place where the planner likes."""
    return lookup_kernel(constant(node, 1), node.output.size)


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    table = constant(node, 1)
    alone = replace(node, inputs=node.inputs[:1])
    return element_rows(alone, lambda row: lookup_kernel(table, row.output.size))
