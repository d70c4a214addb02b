"""RSQRT: y = 1 / sqrt(x) on float32, int8 and int16 by integers (TFLM kernels/elementwise.cc,
RsqrtEvalQuantized).

TFLM stops with an error for a negative value. edgeq does not: negative values give the largest
output, as 0 does.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from edgeq.fixedpoint import (
    LIMITS,
    Multiplier,
    inverse_sqrts,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    saturate,
)
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.float_unary import FLOAT_TYPES, each_element, is_float, unary_call
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",), ("int16",): ("int16",), **FLOAT_TYPES}
NEWEST_VERSION = 3
ELEMENTWISE = True
_BITS = 20  # fraction bits of 1 / sqrt(x) between its two scalings


def real_factor(node: Node) -> float:
    """1 / (sqrt(x_scale) * y_scale), in float32 except for the division; infinite where the product is
    0 in float32.
    """
    product = float(np.sqrt(np.float32(node.input(0).scale)) * np.float32(node.output.scale))
    return 1.0 / product if product else inf


def output_multiplier(node: Node) -> Multiplier:
    """Multiplier from 1 / sqrt(x) with `BITS` fraction bits to the output's scale."""
    multiplier, shift = quantize_multiplier(real_factor(node))
    return Multiplier(multiplier, shift - _BITS)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's. Raises UnsupportedError unless the factor between the scales
    is at least 2**-12 and below 2**30, and int16 zero points are 0.
    """
    if is_float(node):
        return same_shape(node)
    check_quantized(node, node.input(0), node.output)
    if node.output.dtype == "int16" and (node.input(0).zero_point or node.output.zero_point):
        raise unsupported(node, "its int16 tensors have zero points other than 0")
    if not 2.0**-12 <= real_factor(node) < 2.0**30 - 1:
        raise unsupported(
            node, f"its scales {node.input(0).scale:g} -> {node.output.scale:g} are too far apart"
        )
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """Inverse square roots of int8 or int16 values in the same dtype; its greatest number for 0 and
    below.
    """
    dtype = node.output.dtype
    centred = np.maximum(x - node.input(0).zero_point, 0)
    inverses, shifts = inverse_sqrts(centred)
    fractions = multiply_by_quantized_multiplier(1, inverses, shifts + _BITS)
    scaled = (
        multiply_by_quantized_multiplier(fractions, *output_multiplier(node))
        + node.output.zero_point
    )
    return saturate(np.where(centred == 0, LIMITS[dtype][1], scaled), dtype)


def _inverse_root(x: Values) -> Values:
    """Of float32, the root and its reciprocal rounded each."""
    return np.asarray(np.float32(1) / np.sqrt(x))


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same dtype and shape."""
    if is_float(node):
        return each_element(_inverse_root, values[0])
    x = values[0]
    assert x is not None
    return look_up(table(outputs, node), x)


VERSIONS = {("int8",): 2, ("int16",): 3}


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` with a table of the outputs for all 256 int8 inputs, `edgeq_rsqrt_s16` for
    int16, `edgeq_rsqrt_f32`.
    """
    if is_float(node):
        return unary_call(node, "rsqrt_f32")
    if node.output.dtype == "int16":
        multiplier, shift = output_multiplier(node)
        fields = {"elements": node.output.size, "multiplier": multiplier, "shift": shift}
        return KernelCall("edgeq_rsqrt_s16", fields, overlap=(0,), source="rsqrt_s16")
    return lookup_kernel(table(outputs, node), node.output.size)
