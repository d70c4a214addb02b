"""SUM: the sum over axes, requantized to the output's scale (TFLite reference/reduce.h)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.opkit.float_unary import is_float
from edgeq.opkit.floats import accumulate
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values
from edgeq.opkit.reduction import (
    TYPES,
    Attributes,
    float_terms,
    in_place,
    output_shapes,
    plain_call,
    simulate_sum,
    sum_kernel,
)

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
OPTIONS = "ReducerOptions"
NEWEST_VERSION = 2
HOMOGENEOUS = True
VERSIONS = {("int8",): 2}


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same type, [samples, *output shape]."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return np.asarray(accumulate(float_terms(node, x)).reshape(len(x), *node.output.shape))
    return simulate_sum(node, 1, x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_reduce_sum_s8`, `_s16`, or `_f32`."""
    if is_float(node):
        return plain_call(node, "edgeq_reduce_sum_f32", "reduce_sum_f32")
    return replace(sum_kernel(node, 1), overlap=(in_place(node),))
