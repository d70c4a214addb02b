"""L2_POOL_2D: the root of each window's mean square, padding left out (TFLite reference/pooling.h)."""

from __future__ import annotations

from edgeq.opkit.float_pooling import root_mean_square
from edgeq.opkit.float_unary import FLOAT_TYPES
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values
from edgeq.opkit.pooling import Attributes, output_shapes, pool_call, work

__all__ = ["Attributes", "kernel", "output_shapes", "simulate", "work"]
OPTIONS = "Pool2DOptions"
TYPES = FLOAT_TYPES
NEWEST_VERSION = 1
HOMOGENEOUS = True


def simulate(node: Node, *values: Values | None) -> Values:
    """x float32 [samples, n, h, w, c] -> float32 [samples, n, rows, columns, c]."""
    x = values[0]
    assert x is not None
    return root_mean_square(node, x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_l2_pool_2d_f32`."""
    return pool_call(node)
