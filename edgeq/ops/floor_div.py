"""FLOOR_DIV: the largest whole number that is not above a / b, either operand broadcast (TFLite
reference/floor_div.h; float32 is divided as float64).

Interpreters stop at a divisor of 0, a firmware cannot: float32 gives what IEEE arithmetic does, int32
gives 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.elementwise import aligned, broadcast_shape
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.pairs import pair_call


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(d, d): (d,) for d in ("int32", "float32")}
NEWEST_VERSION = 3
ELEMENTWISE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which a and b broadcast."""
    return (broadcast_shape(node),)


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b [samples, *shape] of one dtype -> [samples, *output shape] of it."""
    a, b = aligned(node, *values)
    with np.errstate(all="ignore"):
        if node.output.dtype == "float32":
            quotient = a.astype(np.float64) / b.astype(np.float64)
            return np.asarray(np.floor(quotient).astype(np.float32))
        return np.asarray(a // b)


def kernel(node: Node) -> KernelCall:
    """`edgeq_floor_div_s32` or `_f32`, in place over an operand of the output's size."""
    if node.output.dtype == "float32":
        return pair_call(node, "floor_div_f32", "floor_div_f32")
    return pair_call(node, "floor_div_s32", "floor_divide_s32")
