"""RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1: y = clamp(x, low, high), requantized (TFLM
activations_common.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import (
    REAL_RANGES,
    Multiplier,
    activation_range,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
)
from edgeq.opkit.float_unary import FLOAT_TYPES, is_float, unary_call
from edgeq.opkit.floats import clamp
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.rows import RowKernel, element_rows


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",), ("int16",): ("int16",), **FLOAT_TYPES}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape. An int16 tensor must have zero point 0; the scales may differ by less than
    2**30.
    """
    x, y = node.input(0), node.output
    if is_float(node):
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


def multiplier(node: Node) -> Multiplier:
    """x_scale / y_scale as a fixed-point multiplier: of the float64 quotient, as TFLM computes it
    (2026-10), or for RELU_0_TO_1 and RELU_N1_TO_1, which TFLM lacks, of the float32 quotient of
    TFLite's ReluPrepare.
    """
    x, y = node.input(0).scale, node.output.scale
    ends_at_1 = REAL_RANGES[node.kind][1] == 1
    return quantize_multiplier(float(np.float32(x) / np.float32(y)) if ends_at_1 else x / y)


def outputs(node: Node, x: Integers) -> Values:
    """Rectified and requantized values, in the output's dtype. x: quantized inputs of any shape."""
    y = node.output
    scaled = multiply_by_quantized_multiplier(x - node.input(0).zero_point, *multiplier(node))
    return np.clip(
        scaled + y.zero_point, *activation_range(node.kind, y.dtype, y.scale, y.zero_point)
    ).astype(y.dtype)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same dtype and shape; on float32, -0 and NaN
    stay.
    """
    x = values[0]
    assert x is not None
    if is_float(node):
        return clamp(x.copy(), *REAL_RANGES[node.kind])
    return look_up(table(outputs, node), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_clip_s8` where input and output share their quantization; else a table for int8,
    arithmetic for others.
    """
    x, y = node.input(0), node.output
    if is_float(node):
        low, high = REAL_RANGES[node.kind]
        return unary_call(node, "clip_f32", low=low, high=high)
    low, high = activation_range(node.kind, y.dtype, y.scale, y.zero_point)
    if x.dtype == "int8" and x.quantization == y.quantization:
        limits = {"elements": y.size, "low": low, "high": high}
        return KernelCall("edgeq_clip_s8", limits, overlap=(0,), source="clip")
    if x.dtype == "int8":
        return lookup_kernel(table(outputs, node), y.size)
    factor, shift = multiplier(node)
    arithmetic = {
        "elements": y.size,
        "multiplier": factor,
        "shift": shift,
        "low": low,
        "high": high,
    }
    return KernelCall("edgeq_rectify_s16", arithmetic, overlap=(0,), source="rectify_s16")


def rows(node: Node) -> RowKernel | None:
    """One row."""
    return element_rows(node, kernel)
