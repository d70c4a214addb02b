"""SOFTMAX along the last axis: y = exp(beta * x) / sum(exp(beta * x)) (TFLite reference/softmax.h,
TFLM softmax_common.cc).

On int8, the exponentials of the 256 possible distances from a row's largest element are a table:
what the reference computes for each element (`exp_on_negative_values` in Q5) depends only on that
distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import (
    reciprocal,
    rounding_divide_by_pot,
    saturate,
    saturating_rounding_doubling_high_mul,
)
from edgeq.opkit.exp32 import exp32
from edgeq.opkit.exponentials import LONGEST, SUM_BITS, distance_factor, exponentials
from edgeq.opkit.float_unary import FLOAT_TYPES, is_float
from edgeq.opkit.floats import LARGEST, accumulate
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.lookup import by_rows, same_shape
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.softmax16 import softmax16, softmax16_kernel


@dataclass(frozen=True)
class Attributes:
    beta: float = 0.0


TYPES = {("int8",): ("int8|int16",), ("int16",): ("int16",), **FLOAT_TYPES}
OPTIONS = "SoftmaxOptions"
NEWEST_VERSION = 3
_LONGEST_ROW = {
    "int8": LONGEST,
    "int16": 65535,
}  # elements whose sum of exponentials, each at most 1, does not overflow
_OUTPUT = {  # dtypes: scale and zero point, given by TFLite
    ("int8", "int8"): (1 / 256, -128),
    ("int8", "int16"): (1 / 65536, -32768),
    ("int16", "int16"): (1 / 32768, 0),
}
FIXED_OUTPUT = {dtype: _OUTPUT[dtype, dtype] for dtype in ("int8", "int16")}
VERSIONS = {("int8",): 2, ("int16",): 3}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's.

    Raises UnsupportedError without a dimension, for rows of more than 4095 elements, and for an
    output without TFLite's fixed quantization.
    """
    x, y = node.input(0), node.output
    if not x.shape:
        raise unsupported(node, "its input has no dimension")
    if is_float(node):
        return same_shape(node)
    longest = _LONGEST_ROW[x.dtype]
    if x.shape[-1] > longest:
        raise unsupported(
            node,
            f"its rows have {x.shape[-1]} elements, sums of exponentials overflow beyond {longest}",
        )
    _check_input(node)
    scale, zero_point = _OUTPUT[x.dtype, y.dtype]
    if (
        abs(y.scale - scale) > (0.001 * scale if y.dtype == "int16" else 0)
        or y.zero_point != zero_point
    ):
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
        raise unsupported(
            node, f"beta {beta:g} times the int16 input scale {x.scale:g} is not between 0 and 4"
        )
    if x.dtype == "int8" and not distance_factor(beta, x.scale) > 1:
        raise unsupported(
            node, f"beta {beta:g} times the input scale {x.scale:g} is not above 2**-26"
        )


def float_outputs(node: Node, x: Values) -> Values:
    """float32 probabilities; the exponentials of a row are summed in order (TFLite
    reference/softmax.h).
    """
    largest = x.max(axis=-1, keepdims=True, initial=-LARGEST)
    with np.errstate(invalid="ignore", divide="ignore"):
        exps = exp32((x - largest) * np.float32(node.attributes.beta))
        return np.asarray(exps / accumulate(np.moveaxis(exps, -1, 0))[..., None])


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ..., depth] -> the output's type, same shape."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return by_rows(x, lambda rows: float_outputs(node, rows))
    if x.dtype == np.int16:
        return by_rows(x, lambda rows: softmax16(node, rows))
    return by_rows(x, lambda rows: _integer_outputs(node, rows))


def _integer_outputs(node: Node, x: Values) -> Values:
    table = exponentials(node.attributes.beta, node.input(0).scale)
    distance = x.max(axis=-1, keepdims=True).astype(np.int64) - x
    scale, bits = reciprocal(table.q12[distance].sum(axis=-1, keepdims=True), SUM_BITS)
    width = np.iinfo(node.output.dtype).bits
    product = saturating_rounding_doubling_high_mul(scale, table.q0[distance])
    # TFLM aborts if the shift exceeds 31, for 512 nearly equal elements; the quotient is below half
    # a step, so 0.
    probability = rounding_divide_by_pot(product, bits + 31 - width)
    return saturate(probability + node.output.zero_point, node.output.dtype)


def kernel(node: Node) -> KernelCall:
    """`edgeq_softmax_s8` or `_s8_s16`, with the exponentials of distances that can occur; or
    `edgeq_softmax_s16` or `_f32`.
    """
    if node.input(0).dtype == "int16":
        return softmax16_kernel(node)
    if is_float(node):
        return _float_kernel(node)
    depth, exps = (
        node.output.shape[-1],
        exponentials(node.attributes.beta, node.input(0).scale).counting,
    )
    parameters: dict[str, Parameter | None] = {
        "rows": node.output.size // max(depth, 1),
        "depth": depth,
        "length": exps.size,
        "exps": np.append(exps, np.int32(0)),
    }
    if node.output.dtype == "int16":
        return KernelCall("edgeq_softmax_s8_s16", parameters)
    return KernelCall("edgeq_softmax_s8", parameters, overlap=(0,))


def _float_kernel(node: Node) -> KernelCall:
    depth = node.output.shape[-1]
    parameters = {
        "rows": node.output.size // max(depth, 1),
        "depth": depth,
        "beta": float(node.attributes.beta),
    }
    return KernelCall("edgeq_softmax_f32", parameters, overlap=(0,), source="softmax_f32")
