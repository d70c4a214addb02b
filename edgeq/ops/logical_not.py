"""LOGICAL_NOT: true where x is false (TFLM kernels/elementwise.cc)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.float_unary import unary_call
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import same_shape
from edgeq.opkit.node import Node, Shape, Values


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("bool",): ("bool",)}
NEWEST_VERSION = 1
ELEMENTWISE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's."""
    return same_shape(node)


def simulate(node: Node, *values: Values | None) -> Values:
    """x bool [samples, ...] -> bool of the same shape."""
    x = values[0]
    assert x is not None
    return np.logical_not(x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_logical_not`, in place where the planner likes."""
    return unary_call(node, "logical_not")
