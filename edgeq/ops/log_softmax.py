"""LOG_SOFTMAX along the last axis: y = x - max - log(sum(exp(x - max))) (TFLite
reference/log_softmax.h).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import (
    INT32_MIN,
    Multiplier,
    log,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    rounding_divide_by_pot,
    saturate,
)
from edgeq.opkit.exp32 import exp32
from edgeq.opkit.exponentials import (
    DISTANCE_BITS,
    LONGEST,
    SUM_BITS,
    Exponentials,
    distance_factor,
    exponentials,
)
from edgeq.opkit.float_unary import FLOAT_TYPES, is_float
from edgeq.opkit.floats import LARGEST, accumulate
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.log32 import log32
from edgeq.opkit.lookup import Integers, by_rows, same_shape
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",), **FLOAT_TYPES}
NEWEST_VERSION = 2
_OUTPUT = (16 / 256, 127)  # scale and zero point, given by TFLite
FIXED_OUTPUT = {"int8": _OUTPUT}
_OUTPUT_SHIFT = 22  # from Q5 to steps of 1/16


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's.

    Raises UnsupportedError without a dimension; on int8 for rows of more than 4095 elements, and
    for an output without TFLite's fixed quantization.
    """
    x, y = node.input(0), node.output
    if not x.shape:
        raise unsupported(node, "its input has no dimension")
    if is_float(node):
        return same_shape(node)
    if x.shape[-1] > LONGEST:
        raise unsupported(
            node,
            f"its rows have {x.shape[-1]} elements, sums of exponentials overflow beyond {LONGEST}",
        )
    if not 2 <= distance_factor(1.0, x.scale) < 2**29:
        raise unsupported(node, f"its input scale {x.scale:g} is not from 2**-25 to below 8")
    if (y.scale, y.zero_point) != _OUTPUT:
        raise unsupported(
            node,
            f"its output has scale {y.scale:g} and zero point {y.zero_point}, "
            f"TFLite has {_OUTPUT[0]:g} and {_OUTPUT[1]}",
            "convert the model again",
        )
    return same_shape(node)


def table(node: Node) -> Exponentials:
    """The exponential of each possible distance from a row's largest element."""
    return exponentials(1.0, node.input(0).scale)


def distance_multiplier(node: Node) -> Multiplier:
    """Multiplier from Q5 back to distances (`PreprocessLogSoftmaxScalingExp`,
    quantization_util.cc).
    """
    multiplier, shift = table(node).multiplier
    return quantize_multiplier(float(1 << (31 - shift)) / multiplier)


def nearest_skipped(node: Node, log_sum: Integers) -> Integers:
    """The smallest distance below the maximum, as a number <= 0, whose output is the minimum
    because the sum in Q5 would leave 32 bits.
    """
    limit = multiply_by_quantized_multiplier(log_sum + INT32_MIN, *distance_multiplier(node))
    return np.maximum(limit, -table(node).radius - 1)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 or float32 [samples, ..., depth] -> the same dtype and shape."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return by_rows(x, float_outputs)
    exps = table(node)
    return by_rows(x, lambda rows: _outputs(node, exps, rows))


def float_outputs(x: Values) -> Values:
    """float32 [rows, depth] -> logarithms of probabilities; the exponentials of a row are summed in
    order. A row with NaN is NaN.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        below = x - np.fmax.reduce(x, axis=-1, keepdims=True, initial=-LARGEST)
        return np.asarray(below - log32(accumulate(np.moveaxis(exp32(below), -1, 0)))[..., None])


def _outputs(node: Node, exps: Exponentials, x: Values) -> Values:
    distance = x.max(axis=-1, keepdims=True).astype(np.int64) - x
    log_sum = log(exps.q12[distance].sum(axis=-1, keepdims=True), SUM_BITS, DISTANCE_BITS)
    steps = (
        rounding_divide_by_pot(exps.scaled[distance] - log_sum, _OUTPUT_SHIFT)
        + node.output.zero_point
    )
    return saturate(np.where(-distance > nearest_skipped(node, log_sum), steps, -128), "int8")


VERSIONS = {("int8",): 2}


def kernel(node: Node) -> KernelCall:
    """`edgeq_log_softmax_s8`, with the exponentials of distances that can occur, or
    `edgeq_log_softmax_f32`.
    """
    depth = node.output.shape[-1]
    if is_float(node):
        parameters = {"rows": node.output.size // max(depth, 1), "depth": depth}
        return KernelCall(
            "edgeq_log_softmax_f32", parameters, overlap=(0,), source="log_softmax_f32"
        )
    exps, back = table(node), distance_multiplier(node)
    return KernelCall(
        "edgeq_log_softmax_s8",
        {
            "rows": node.output.size // max(depth, 1),
            "depth": depth,
            "radius": exps.radius,
            "multiplier": exps.multiplier.multiplier,
            "back_multiplier": back.multiplier,
            "shift": exps.multiplier.shift,
            "back_shift": back.shift,
            "length": exps.counting.size,
            "exps": np.append(exps.counting, np.int32(0)),
        },
        overlap=(0,),
    )
