"""ABS: y = |x|, requantized to the output's scale (TFLM kernels/elementwise.cc, AbsEvalQuantized).
int16 without a scale stays as it is, and its least number wraps around to itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import (
    Multiplier,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    saturate,
)
from edgeq.opkit.float_unary import FLOAT_TYPES, is_float, unary_call
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.rows import RowKernel, element_rows


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",), ("int16",): ("int16",), **FLOAT_TYPES}
NEWEST_VERSION = 5
ELEMENTWISE = True


def multiplier(node: Node) -> Multiplier:
    """x_scale / y_scale, in float64 as in TFLM (2026-10); tflite-runtime 2.14 has float32."""
    return quantize_multiplier(node.input(0).scale / node.output.scale)


def _unscaled(node: Node) -> bool:
    """Whether the input is int16 without a scale; that of the output then plays no part."""
    return node.input(0).dtype == "int16" and node.input(0).quantization is None


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's.

    Raises UnsupportedError unless int16 zero points are 0 and the ratio of the scales is below
    2**30.
    """
    x, y = node.input(0), node.output
    if is_float(node) or _unscaled(node):
        return same_shape(node)
    if x.dtype == "int16" and (x.zero_point or y.zero_point):
        raise unsupported(
            node, f"its int16 tensors have zero points {x.zero_point} and {y.zero_point}, not 0"
        )
    if x.scale >= 2**30 * y.scale:
        raise unsupported(
            node, f"its input scale {x.scale:g} is 2**30 times its output scale {y.scale:g} or more"
        )
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """The absolute value of quantized inputs, in the output's scale and dtype."""
    scaled = multiply_by_quantized_multiplier(
        np.abs(x - node.input(0).zero_point), *multiplier(node)
    )
    return saturate(scaled + node.output.zero_point, node.output.dtype)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same dtype and shape."""
    x = values[0]
    assert x is not None
    if is_float(node) or _unscaled(node):
        return np.abs(x)
    return look_up(table(outputs, node), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` for int8, `edgeq_abs_s16` or `edgeq_abs_unscaled_s16` for int16,
    `edgeq_abs_f32`.
    """
    if is_float(node):
        return unary_call(node, "abs_f32")
    if _unscaled(node):
        return unary_call(node, "abs_unscaled_s16")
    if node.output.dtype == "int8":
        return lookup_kernel(table(outputs, node), node.output.size)
    factor = multiplier(node)
    parameters = {
        "elements": node.output.size,
        "multiplier": factor.multiplier,
        "shift": factor.shift,
    }
    return KernelCall("edgeq_abs_s16", parameters, overlap=(0,), source="abs_s16")


VERSIONS = {("int8",): 2, ("int16",): 3}


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
