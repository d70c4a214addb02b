"""LOGICAL_AND: a and b of two bool tensors, either operand broadcast (TFLM kernels/logical.cc)."""

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


TYPES = {("bool", "bool"): ("bool",)}
NEWEST_VERSION = 1
ELEMENTWISE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which both inputs broadcast."""
    return (broadcast_shape(node),)


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b bool [samples, *shape] -> bool [samples, *output shape]."""
    return np.asarray(np.logical_and(*aligned(node, *values)))


def kernel(node: Node) -> KernelCall:
    """`edgeq_logical_and`, in place over an operand of the output's size."""
    return pair_call(node, "logical_and", "logical")
