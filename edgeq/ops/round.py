"""ROUND: the nearest whole number, ties to even, on float32 (TFLite reference/round.h)."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.float_unary import (
    FLOAT_TYPES,
    Attributes,
    each_element,
    output_shapes,
    unary_call,
)
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
TYPES = FLOAT_TYPES
NEWEST_VERSION = 1
ELEMENTWISE = True


def _rounded(x: Values) -> Values:
    """The reference adds 1 to the floor, so that what rounds up to 0 is +0."""
    nearest = np.rint(x)
    return np.asarray(np.where((nearest == 0) & (x < 0), nearest + np.float32(0), nearest))


def simulate(node: Node, *values: Values | None) -> Values:
    """x float32 [samples, ...] -> float32 of the same shape."""
    return each_element(_rounded, values[0])


def kernel(node: Node) -> KernelCall:
    """`edgeq_round_f32`, in place where the planner likes."""
    return unary_call(node, "round_f32")
