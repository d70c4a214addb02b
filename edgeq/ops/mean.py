"""MEAN: the mean over axes; the division is part of the requantization (TFLite reference/reduce.h)."""

from __future__ import annotations

import numpy as np

from edgeq.graph import DTYPES
from edgeq.opkit.channels import Channels, channelwise
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.floats import accumulate
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values
from edgeq.opkit.reduction import (
    TYPES,
    Attributes,
    element_count,
    float_terms,
    loop_parameters,
    output_shapes,
    reduced_axes,
    simulate_sum,
    sum_kernel,
)

__all__ = ["TYPES", "Attributes", "channels", "kernel", "output_shapes", "simulate"]
OPTIONS = "ReducerOptions"
NEWEST_VERSION = 3
HOMOGENEOUS = True
VERSIONS = {("int8",): 2, ("int16",): 3}


def float_means(node: Node, x: Values) -> Values:
    """x float32 [samples, ...] -> float32 [samples, *output shape]: elements summed in order, then
    divided.
    """
    total = accumulate(float_terms(node, x))
    return (total / np.float32(element_count(node))).reshape(len(x), *node.output.shape)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same type, [samples, *output shape]."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return float_means(node, x)
    return simulate_sum(node, element_count(node), x)


def channels(node: Node) -> Channels | None:
    """Those of the input, unless they are averaged. It rises unless sums leave int32 on their way."""
    x, y = node.input(0), node.output
    if len(x.shape) - 1 in reduced_axes(node):
        return None
    if is_float(node):
        return channelwise(node, (0,))
    largest = element_count(node) * (1 << 8 * DTYPES[x.dtype].itemsize)
    return channelwise(node, (0,), rising=largest * max(x.scale / y.scale, 1) < 1 << 30)


def kernel(node: Node) -> KernelCall:
    """A requantized sum whose multiplier includes the count, or `edgeq_reduce_mean_f32`."""
    if is_float(node):
        return _float_kernel(node)
    return sum_kernel(node, element_count(node))


def _float_kernel(node: Node) -> KernelCall:
    parameters = {**loop_parameters(node), "count": float(element_count(node))}
    return KernelCall("edgeq_reduce_mean_f32", parameters, source="reduce_mean_f32")
