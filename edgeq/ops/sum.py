"""SUM: the sum over axes, requantized to the output's scale (TFLite reference/reduce.h)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.opkit.float_unary import is_float
from edgeq.opkit.floats import accumulate
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.reduction import TYPES as SCALED_TYPES
from edgeq.opkit.reduction import (
    Attributes,
    float_terms,
    in_place,
    plain_call,
    reduced_axes,
    reduced_shape,
    simulate_sum,
    sum_kernel,
)
from edgeq.opkit.reduction import output_shapes as scaled_shapes
from edgeq.opkit.suffix import SUFFIX

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
_PLAIN = ("int32", "int64")  # integers without a scale
TYPES = {**SCALED_TYPES, **{(d, "int32"): (d,) for d in _PLAIN}}
OPTIONS = "ReducerOptions"
NEWEST_VERSION = 2
HOMOGENEOUS = True
VERSIONS = {("int8",): 2}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape with the reduced axes 1 (`keep_dims`) or gone."""
    return reduced_shape(node) if node.output.dtype in _PLAIN else scaled_shapes(node)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> the same type, [samples, *output shape]; int32 and int64 wrap."""
    x = values[0]
    assert x is not None
    if node.output.dtype in _PLAIN:
        axes = tuple(axis + 1 for axis in reduced_axes(node))
        return np.asarray(x.sum(axis=axes, dtype=x.dtype).reshape(len(x), *node.output.shape))
    if is_float(node):
        return np.asarray(accumulate(float_terms(node, x)).reshape(len(x), *node.output.shape))
    return simulate_sum(node, 1, x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_reduce_sum_s8`, `_s16`, `_s32`, `_s64` or `_f32`."""
    if node.output.dtype in _PLAIN:
        function = f"edgeq_reduce_sum_{SUFFIX[node.output.dtype]}"
        return plain_call(node, function, "reduce_sum_wrapping")
    if is_float(node):
        return plain_call(node, "edgeq_reduce_sum_f32", "reduce_sum_f32")
    return replace(sum_kernel(node, 1), overlap=(in_place(node),))
