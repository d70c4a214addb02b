"""TANH: y = tanh(x) (reference/integer_ops/tanh.h).

int8 by a table of gemmlowp's integer results; int16 by linear interpolation in TFLite's table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import tanh
from edgeq.opkit.float_unary import FLOAT_TYPES, is_float, unary_call
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.rows import RowKernel, element_rows
from edgeq.opkit.squash import check_scales, squash
from edgeq.opkit.squash16 import check_int16, input_scale, squash16_kernel, table_units, tanh_units
from edgeq.opkit.tanh32 import tanh32


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",), ("int16",): ("int16",), **FLOAT_TYPES}
NEWEST_VERSION = 3
ELEMENTWISE = True
FIXED_OUTPUT = {
    "int8": (1 / 128, 0),
    "int16": (1 / 32768, 0),
}  # scale and zero point, given by TFLite
VERSIONS = {("int8",): 2, ("int16",): 3}
_EXACT_SHIFTS = (0, 1)  # int16 scales of 2**(k - 12) that are applied by shifting


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's. Raises UnsupportedError unless the output has the quantization
    `FIXED_OUTPUT`.
    """
    if is_float(node):
        return same_shape(node)
    check_scales(node, *FIXED_OUTPUT[node.output.dtype])
    if node.output.dtype == "int16":
        check_int16(node)
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """tanh of quantized inputs, in the output's scale and dtype."""
    return (
        squash(node, x, tanh, fraction_bits=7)
        if node.output.dtype == "int8"
        else outputs16(node, x)
    )


def outputs16(node: Node, x: Integers) -> Values:
    """tanh of int16 values as int16, ties rounded up."""
    units = table_units(input_scale(node, _EXACT_SHIFTS), x)
    return tanh_units(units).astype(np.int16)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same dtype and shape."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return tanh32(x)
    return look_up(table(outputs, node), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` with the 256 outputs, or `edgeq_tanh_s16`."""
    if is_float(node):
        return unary_call(node, "tanh_f32")
    if node.output.dtype == "int8":
        return lookup_kernel(table(outputs, node), node.output.size)
    return squash16_kernel(node, "tanh", input_scale(node, _EXACT_SHIFTS))


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
