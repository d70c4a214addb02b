"""BATCH_MATMUL: products of matrices, batches broadcast (TFLite reference/batch_matmul.h)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.fixedpoint import (
    LIMITS,
    Multiplier,
    multiply_wide_by_quantized_multiplier,
    quantize_multiplier,
    saturate,
    wide_multiplier,
    wrap_int32,
)
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.matmul import Matrices, arranged, matrices, product_shape, shape_parameters
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.requantize import Requantization


@dataclass(frozen=True)
class Attributes:
    adj_x: bool = False
    adj_y: bool = False


OPTIONS = "BatchMatMulOptions"
TYPES = {(dtype, dtype): (dtype,) for dtype in ("int8", "int16", "float32")}
NEWEST_VERSION = 5
VERSIONS = {("int8",): 2, ("int16",): 3}
_DEEPEST = 1 << 16  # whose sums stay within 2**47 at int16, and are exact in float64
_FACTORS = {"int8": 2.0**30, "int16": 2.0**7}  # of the scales, below which TFLite has a multiplier


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [..., rows, depth], y [..., depth, columns] -> [..., rows, columns].

    Raises UnsupportedError for int16 zero points, and for scales or a depth that are too large.
    """
    if not is_float(node):
        _check_integers(node, matrices(node))
    return (product_shape(node),)


def _check_integers(node: Node, m: Matrices) -> None:
    ends = (node.input(0), node.input(1), node.output)
    check_quantized(node, *ends)
    if node.output.dtype == "int16" and any(t.zero_point for t in ends):
        raise unsupported(node, "its int16 tensors have zero points other than 0")
    if m.depth > _DEEPEST:
        raise unsupported(node, f"it sums {m.depth} products, at most {_DEEPEST} are supported")
    if _factor(node) >= _FACTORS[node.output.dtype]:
        raise unsupported(node, f"its scales multiply sums by {_factor(node):g}, which is too much")


def _factor(node: Node) -> float:
    """x_scale * y_scale / scale in float64, as in TFLM's `GetQuantizedConvolutionMultipler`; TFLite
    rounds the product of the first two to float32.
    """
    return node.input(0).scale * node.input(1).scale / node.output.scale


def _multiplier(node: Node) -> Multiplier:
    return quantize_multiplier(_factor(node))


def work(node: Node) -> int:
    """What simulating it takes, in multiply-accumulates of matrix products."""
    m = matrices(node)
    return prod(m.batch) * m.rows * m.depth * m.columns * (ONE_BY_ONE if is_float(node) else 1)


def simulate(node: Node, *values: Values | None) -> Values:
    """x, y [samples, *shape] -> the same type, [samples, *output shape]."""
    x, y = values[0], values[1]
    assert x is not None
    assert y is not None
    x, y = arranged(node, x, y)
    product = _real_product(x, y) if is_float(node) else _integer_product(node, x, y)
    return product.reshape(len(product), *node.output.shape)


def _integer_product(node: Node, x: Values, y: Values) -> Values:
    """Sums are exact in float64: 2**16 products below 2**32."""
    a = x.astype(np.float64) - node.input(0).zero_point
    b = y.astype(np.float64) - node.input(1).zero_point
    total = np.matmul(a, b).astype(np.int64)
    multiplier, shift = _multiplier(node)
    if node.output.dtype == "int16":
        return saturate(multiply_wide_by_quantized_multiplier(total, multiplier, shift), "int16")
    requantize = Requantization(
        np.array([multiplier]), np.array([shift]), node.output.zero_point, *LIMITS["int8"]
    )
    return requantize(wrap_int32(total).reshape(-1, 1)).reshape(total.shape)


def _real_product(x: Values, y: Values) -> Values:
    """Each product and each sum rounded, in the order of depth from 0 on."""
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    total = np.zeros((*batch, x.shape[-2], y.shape[-1]), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(x.shape[-1]):
            total += x[..., :, k, None] * y[..., None, k, :]
    return total


def kernel(node: Node) -> KernelCall:
    """`edgeq_batch_matmul_s8`, `_s16` or `_f32`; either input may be constant."""
    shape, ends = shape_parameters(node), (0, 1)
    if is_float(node):
        name = "batch_matmul_f32"
        return KernelCall(f"edgeq_{name}", shape, ends, overlap=(None, None), source=name)
    multiplier, shift = _multiplier(node)
    if node.output.dtype == "int16":
        name = "batch_matmul_s16"
        wide = {"multiplier": int(wide_multiplier(multiplier)), "shift": 15 - shift}
        return KernelCall(f"edgeq_{name}", shape | wide, ends, overlap=(None, None), source=name)
    integers = {
        "x_zero_point": node.input(0).zero_point,
        "y_zero_point": node.input(1).zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": node.output.zero_point,
    }
    return KernelCall("edgeq_batch_matmul_s8", shape | integers, ends, overlap=(None, None))
