"""LEAKY_RELU: y = x where x >= 0, else alpha * x, requantized (TFLite reference/leaky_relu.h, TFLM
leaky_relu_common.cc).
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
    alpha: float = 0.0  # slope below zero; may be negative or above 1


TYPES = {("int8",): ("int8",), ("int16",): ("int16",), **FLOAT_TYPES}
OPTIONS = "LeakyReluOptions"
NEWEST_VERSION = 2
ELEMENTWISE = True


def factors(node: Node) -> tuple[float, float]:
    """The real factors of x >= 0 and of x < 0, in float64 as in TFLM (2026-10); tflite-runtime 2.14
    has float32.
    """
    x, y = node.input(0).scale, node.output.scale
    return x / y, x * node.attributes.alpha / y


def multipliers(node: Node) -> tuple[Multiplier, Multiplier]:
    """The factors in fixed point; the multiplier of x < 0 is negative if alpha is."""
    above, below = factors(node)
    magnitude = quantize_multiplier(abs(below))
    signed = -magnitude.multiplier if below < 0 else magnitude.multiplier
    return quantize_multiplier(above), Multiplier(signed, magnitude.shift)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's. Raises UnsupportedError unless both factors are below 2**30."""
    if is_float(node):
        return same_shape(node)
    if max(map(abs, factors(node))) >= 2**30:
        raise unsupported(
            node, f"its scales {node.input(0).scale:g} -> {node.output.scale:g} are too far apart"
        )
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """Leaky ReLU of quantized inputs, in the output's scale and dtype."""
    above, below = multipliers(node)
    centred = x - node.input(0).zero_point
    scaled = np.where(
        centred >= 0,
        multiply_by_quantized_multiplier(centred, *above),
        multiply_by_quantized_multiplier(centred, *below),
    )
    return saturate(scaled + node.output.zero_point, node.output.dtype)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same dtype and shape."""
    x = values[0]
    assert x is not None
    if is_float(node):
        with np.errstate(over="ignore"):
            return np.where(x > 0, x, x * np.float32(node.attributes.alpha))
    return look_up(table(outputs, node), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` for int8; `edgeq_leaky_relu_s16` with both multipliers for int16."""
    x, y = node.input(0), node.output
    if is_float(node):
        return unary_call(node, "leaky_relu_f32", alpha=float(node.attributes.alpha))
    if x.dtype == "int8":
        return lookup_kernel(table(outputs, node), y.size)
    above, below = multipliers(node)
    parameters = {
        "elements": y.size,
        "input_zero_point": x.zero_point,
        "output_zero_point": y.zero_point,
        "multiplier_above": above.multiplier,
        "multiplier_below": below.multiplier,
        "shift_above": above.shift,
        "shift_below": below.shift,
    }
    return KernelCall("edgeq_leaky_relu_s16", parameters, overlap=(0,), source="leaky_relu_s16")


VERSIONS = {("int16",): 2}


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
