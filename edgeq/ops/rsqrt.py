"""RSQRT: y = 1 / sqrt(x) on float32, int8 by a table of integer results (TFLM kernels/elementwise.cc,
RsqrtEvalQuantized).

TFLM stops with an error for a negative value. A table cannot: negative values give the largest
output, as 0 does.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from edgeq.fixedpoint import (
    Multiplier,
    inverse_sqrt,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    saturate,
)
from edgeq.opkit.float_unary import FLOAT_TYPES, each_element, is_float, unary_call
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",), **FLOAT_TYPES}
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
    is at least 2**-12 and below 2**30.
    """
    if is_float(node):
        return same_shape(node)
    if not 2.0**-12 <= real_factor(node) < 2.0**30 - 1:
        raise unsupported(
            node, f"its scales {node.input(0).scale:g} -> {node.output.scale:g} are too far apart"
        )
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """Inverse square roots of int8 values as int8; 127 for 0 and below."""
    centred = np.maximum(x - node.input(0).zero_point, 0)
    inverses = np.array([inverse_sqrt(int(v)) for v in centred])
    fractions = multiply_by_quantized_multiplier(1, inverses[:, 0], inverses[:, 1] + _BITS)
    scaled = (
        multiply_by_quantized_multiplier(fractions, *output_multiplier(node))
        + node.output.zero_point
    )
    return saturate(np.where(centred == 0, 127, scaled), "int8")


def _inverse_root(x: Values) -> Values:
    """Of float32, the root and its reciprocal rounded each."""
    return np.asarray(np.float32(1) / np.sqrt(x))


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 or float32 [samples, ...] -> the same dtype and shape."""
    if is_float(node):
        return each_element(_inverse_root, values[0])
    x = values[0]
    assert x is not None
    return look_up(table(outputs, node), x)


VERSIONS = {("int8",): 2, ("int16",): 3}


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` with a table of the outputs for all 256 int8 inputs, `edgeq_rsqrt_f32`."""
    if is_float(node):
        return unary_call(node, "rsqrt_f32")
    return lookup_kernel(table(outputs, node), node.output.size)
