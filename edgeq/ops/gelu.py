"""GELU: y = x * Phi(x), or its approximation by tanh, on int8 by a table of float32 results (TFLite
kernels/gelu.cc).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, pi, sqrt

import numpy as np

from edgeq.fixedpoint import quantize_reals
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.rows import RowKernel, element_rows
from edgeq.opkit.tanh32 import tanh32


@dataclass(frozen=True)
class Attributes:
    approximate: bool = False


TYPES = {("int8",): ("int8",)}
OPTIONS = "GeluOptions"
NEWEST_VERSION = 2
ELEMENTWISE = True
VERSIONS = {("int8",): 2}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's. All scales are supported."""
    check_quantized(node, node.input(0), node.output)
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """GELU of int8 values as int8, by float32 operations in TFLite's order; erfc is rounded from
    float64.
    """
    one, half = np.float32(1), np.float32(0.5)
    real = np.float32(node.input(0).scale) * (x - node.input(0).zero_point).astype(np.float32)
    if node.attributes.approximate:
        cubic = real + np.float32(0.044715) * real * real * real
        gelu: Values = half * real * (one + tanh32(np.float32(sqrt(2 / pi)) * cubic))
    else:
        scaled = (real * np.float32(-sqrt(0.5))).astype(np.float64)
        gelu = half * real * np.array([erfc(v) for v in scaled], np.float32)
    steps = gelu * (one / np.float32(node.output.scale))
    return quantize_reals(steps, 1.0, node.output.zero_point, "int8")


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 [samples, ...] -> int8 of the same shape."""
    x = values[0]
    assert x is not None
    return look_up(table(outputs, node), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` with the 256 outputs."""
    return lookup_kernel(table(outputs, node), node.output.size)


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
