"""ELU: y = x where x >= 0, else exp(x) - 1, int8 by a table of float32 results (TFLM
kernels/elu.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import quantize_reals
from edgeq.opkit.float_unary import FLOAT_TYPES, is_float, unary_call
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.rows import RowKernel, element_rows
from edgeq.opkit.tanh32 import expm1_32


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",), **FLOAT_TYPES}
NEWEST_VERSION = 1
ELEMENTWISE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's. All scales are supported."""
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """ELU of int8 values as int8, by float32 operations in TFLM's order; exp is rounded from
    float64.
    """
    real = np.float32(node.input(0).scale) * (x - node.input(0).zero_point).astype(np.float32)
    below = np.exp(np.minimum(real, 0).astype(np.float64)).astype(np.float32) - np.float32(1)
    scaled = np.where(real < 0, below, real) * (np.float32(1) / np.float32(node.output.scale))
    return quantize_reals(scaled, 1.0, node.output.zero_point, "int8")


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 or float32 [samples, ...] -> the same dtype and shape."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return np.where(x < 0, expm1_32(np.minimum(x, 0)), x)
    return look_up(table(outputs, node), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` with the 256 outputs, or `edgeq_elu_f32`."""
    if is_float(node):
        return unary_call(node, "elu_f32")
    return lookup_kernel(table(outputs, node), node.output.size)


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
