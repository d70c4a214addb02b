"""MEAN: the mean over axes, its division folded into the requantization (TFLite reference/reduce.h)."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.contract import KernelCall, Node, Values
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.floats import accumulate
from edgeq.opkit.reduction import (
    TYPES,
    Attributes,
    element_count,
    loop_parameters,
    output_shapes,
    reduced_axes,
    simulate_sum,
    sum_kernel,
)

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]
OPTIONS = "ReducerOptions"
NEWEST_VERSION = 3
HOMOGENEOUS = True
VERSIONS = {("int8",): 2, ("int16",): 3}


def float_means(node: Node, x: Values) -> Values:
    """x float32 [samples, ...] -> float32 [samples, *output shape]: sums in the order of the elements, then divided."""
    axes = tuple(axis + 1 for axis in reduced_axes(node))
    moved = np.moveaxis(x, axes, range(len(axes)))
    terms = moved.reshape(element_count(node), *moved.shape[len(axes) :])
    return (accumulate(terms) / np.float32(element_count(node))).reshape(x.shape[0], *node.output.shape)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same type, [samples, *output shape]."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return float_means(node, x)
    return simulate_sum(node, element_count(node), x)


def kernel(node: Node) -> KernelCall:
    """A requantized sum whose multiplier holds the count, or `edgeq_reduce_mean_f32`."""
    if is_float(node):
        return _float_kernel(node)
    return sum_kernel(node, element_count(node))


def _float_kernel(node: Node) -> KernelCall:
    parameters = {**loop_parameters(node), "count": float(element_count(node))}
    return KernelCall("edgeq_reduce_mean_f32", parameters, source="reduce_mean_f32")
