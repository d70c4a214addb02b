"""SOFTMAX along the last axis: y = exp(beta * x) / sum(exp(beta * x)) (reference/softmax.h, TFLM softmax_common.cc).

On int8 the exponentials of the 256 possible distances from a row's largest element are a table, computed ahead: what
the reference computes for each element (`exp_on_negative_values` in Q5) depends on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from edgeq.fixedpoint import (
    exp_on_negative_values,
    input_radius,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    reciprocal,
    rounding_divide_by_pot,
    saturate,
    saturating_rounding_doubling_high_mul,
)
from edgeq.opkit.contract import KernelCall, Node, Parameter, Shape, Values, unsupported
from edgeq.opkit.lookup import Integers, same_shape
from edgeq.opkit.softmax16 import softmax16, softmax16_kernel


@dataclass(frozen=True)
class Attributes:
    beta: float = 0.0


TYPES = {("int8",): ("int8|int16",), ("int16",): ("int16",)}
DISTANCE_BITS, SUM_BITS = 5, 12  # integer bits of a scaled distance and of the sum of exponentials
NEGLIGIBLE = 2**11  # exponentials below it add 0 to the sum and give probability 0, at either output width
LONGEST = {"int8": 4095, "int16": 65535}  # elements of a row whose sum of exponentials, each at most 1, has room
OUTPUT = {  # dtypes: scale and zero point, given by TFLite
    ("int8", "int8"): (1 / 256, -128),
    ("int8", "int16"): (1 / 65536, -32768),
    ("int16", "int16"): (1 / 32768, 0),
}


@dataclass(frozen=True)
class Exponentials:
    """exp(-d * beta * x_scale) for the distances d = 0 ... 255 from a row's largest element: int64 [256] each.

    q0: in Q0, for the outputs; q12: in Q12, for the sum.
    """

    q0: Integers
    q12: Integers


def input_multiplier(node: Node) -> float:
    """Real factor from a distance to Q5 (`PreprocessSoftmaxScaling`, quantization_util.cc).

    The reference caps it at 2**31 - 1, where all distances but 0 are skipped; capped here, the next adds exp(-16): 0.
    """
    return min(float(node.attributes.beta) * node.input(0).scale * 2.0 ** (31 - DISTANCE_BITS), 2.0**30 - 1)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape: at least one dimension, rows of at most 4095; the output quantized as TFLite has it."""
    x, y = node.input(0), node.output
    if not x.shape:
        raise unsupported(node, "its input has no dimension")
    longest = LONGEST[x.dtype]
    if x.shape[-1] > longest:
        raise unsupported(node, f"its rows have {x.shape[-1]} elements, sums of exponentials overflow beyond {longest}")
    _check_input(node)
    scale, zero_point = OUTPUT[x.dtype, y.dtype]
    if abs(y.scale - scale) > (0.001 * scale if y.dtype == "int16" else 0) or y.zero_point != zero_point:
        raise unsupported(
            node,
            f"its output has scale {y.scale:g} and zero point {y.zero_point}, TFLite has {scale:g} and {zero_point}",
            "convert the model again",
        )
    return same_shape(node)


def _check_input(node: Node) -> None:
    x, beta = node.input(0), node.attributes.beta
    if x.dtype == "int16" and x.zero_point:
        raise unsupported(node, f"its int16 input has zero point {x.zero_point}, not 0")
    if x.dtype == "int16" and not 0 < beta * x.scale < 4:
        raise unsupported(node, f"beta {beta:g} times the int16 input scale {x.scale:g} is not between 0 and 4")
    if x.dtype == "int8" and not input_multiplier(node) > 1:
        raise unsupported(node, f"beta {beta:g} times the input scale {x.scale:g} is not above 2**-26")


@lru_cache(maxsize=64)
def exponentials(node: Node) -> Exponentials:
    """The table of a node; distances that the reference skips have the value 0."""
    multiplier, shift = quantize_multiplier(input_multiplier(node))
    distances = np.arange(256)
    counted = distances <= input_radius(DISTANCE_BITS, shift)
    scaled = multiply_by_quantized_multiplier(np.where(counted, -distances, 0), multiplier, shift)
    q0 = np.where(counted, exp_on_negative_values(scaled, DISTANCE_BITS), 0)
    return Exponentials(q0, rounding_divide_by_pot(q0, SUM_BITS))


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 or int16 [samples, ..., depth] -> int8 or int16 of the same shape."""
    x = values[0]
    assert x is not None
    if x.dtype == np.int16:
        return softmax16(node, x)
    table = exponentials(node)
    distance = x.max(axis=-1, keepdims=True).astype(np.int64) - x
    scale, bits = reciprocal(table.q12[distance].sum(axis=-1, keepdims=True), SUM_BITS)
    width = np.iinfo(node.output.dtype).bits
    product = saturating_rounding_doubling_high_mul(scale, table.q0[distance])
    # TFLM aborts where the shift exceeds 31, in rows of 512 near equals; the quotient is below half a step, so 0.
    probability = rounding_divide_by_pot(product, bits + 31 - width)
    return saturate(probability + node.output.zero_point, node.output.dtype)


def kernel(node: Node) -> KernelCall:
    """`edgeq_softmax_s8` or `edgeq_softmax_s8_s16`, with the exponentials that can matter; or `edgeq_softmax_s16`."""
    if node.input(0).dtype == "int16":
        return softmax16_kernel(node)
    depth, q0 = node.output.shape[-1], exponentials(node).q0
    counting = int(np.flatnonzero(q0 >= NEGLIGIBLE)[-1]) + 1
    parameters: dict[str, Parameter | None] = {
        "rows": node.output.size // max(depth, 1),
        "depth": depth,
        "length": counting,
        "exps": q0[:counting].astype(np.int32),
    }
    if node.output.dtype == "int16":
        return KernelCall("edgeq_softmax_s8_s16", parameters, source="softmax_s8_s16")
    return KernelCall("edgeq_softmax_s8", parameters, overlap=(0,))
