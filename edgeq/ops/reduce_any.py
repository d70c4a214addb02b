"""REDUCE_ANY: whether any element over axes is true (TFLite reference/reduce.h)."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.reduction import Attributes, plain_call, reduced_axes, reduced_shape

__all__ = ["Attributes", "kernel", "output_shapes", "simulate"]
OPTIONS = "ReducerOptions"
TYPES = {("bool", "int32"): ("bool",)}
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape with the reduced axes 1 or gone."""
    return reduced_shape(node)


def simulate(node: Node, *values: Values | None) -> Values:
    """x bool [samples, ...] -> bool [samples, *output shape]."""
    x = values[0]
    assert x is not None
    axes = tuple(axis + 1 for axis in reduced_axes(node))
    return np.asarray(np.any(x, axis=axes)).reshape(len(x), *node.output.shape)


def kernel(node: Node) -> KernelCall:
    """`edgeq_reduce_any`."""
    return plain_call(node, "edgeq_reduce_any", "reduce_logical")
