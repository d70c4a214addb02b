"""POW: y = a^b, either operand broadcast, on float32 (TFLite kernels/pow.cc).

TFLite multiplies where b is one number near a whole one from 1 on and a is not of b's shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.elementwise import aligned, broadcast_shape
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.pairs import pair_call
from edgeq.opkit.pow32 import pow32, whole_power


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("float32", "float32"): ("float32",)}
NEWEST_VERSION = 1
ELEMENTWISE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which a and b broadcast."""
    return (broadcast_shape(node),)


def _multiplies(node: Node) -> bool:
    """Whether TFLite multiplies where b is whole."""
    return node.input(1).size == 1 and node.input(0).shape != node.input(1).shape


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b float32 [samples, *shape] -> [samples, *output shape]."""
    a, b = aligned(node, *values)
    with np.errstate(all="ignore"):
        power = pow32(a, b)
        if not _multiplies(node):
            return power
        near, product = whole_power(a, b)
        return np.asarray(np.where(near, product, power))


def kernel(node: Node) -> KernelCall:
    """`edgeq_pow_f32`, in place over an operand of the output's size."""
    return pair_call(node, "pow_f32", "pow_f32", multiplies=int(_multiplies(node)))
