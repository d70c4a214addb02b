"""MUL: y = a * b, either operand broadcast (TFLite integer_ops/mul.h; int32 wraps)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from edgeq.fixedpoint import (
    LIMITS,
    Multiplier,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    wrap_int32,
)
from edgeq.opkit import library_pairs
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.elementwise import (
    Integers,
    aligned,
    broadcast_parameters,
    broadcast_shape,
    factor_parameters,
    fused_range,
    in_place,
    on_pairs,
)
from edgeq.opkit.float_weights import bounds_parameters
from edgeq.opkit.floats import clamp, fused_bounds
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.libraries import LIBRARIES, Library
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.pairs import int32_range
from edgeq.opkit.rows import RowKernel, element_rows


@dataclass(frozen=True)
class Attributes:
    fused_activation_function: str = "NONE"


TYPES = {(d, d): (d,) for d in ("int8", "int16", "int32", "float32")}
OPTIONS = "MulOptions"
NEWEST_VERSION = 7
ELEMENTWISE = True


@dataclass(frozen=True)
class Product:
    """The integer arithmetic of a quantized product, a function from int64 arrays to int64."""

    a_zero_point: int
    b_zero_point: int
    y_zero_point: int
    factor: Multiplier
    low: int
    high: int

    def __call__(self, a: Any, b: Any) -> Integers:
        scaled = multiply_by_quantized_multiplier(
            (a - self.a_zero_point) * (b - self.b_zero_point), *self.factor
        )
        return np.clip(wrap_int32(scaled + self.y_zero_point), self.low, self.high)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which a and b broadcast."""
    tensors = (node.input(0), node.input(1), node.output)
    if node.output.dtype == "float32":
        fused_bounds(node)
    elif node.output.dtype != "int32":
        check_quantized(node, *tensors)
        _product(node)
    else:
        int32_range(node)
    if node.output.dtype == "int16" and any(t.zero_point for t in tensors):
        raise unsupported(node, "an int16 zero point is not 0")
    return (broadcast_shape(node),)


@lru_cache(maxsize=256)
def _product(node: Node) -> Product:
    a, b, y = node.input(0), node.input(1), node.output
    factor = a.scale * b.scale / y.scale
    if factor >= 2**30:
        raise unsupported(node, f"its factor {a.scale} * {b.scale} / {y.scale} is 2**30 or more")
    return Product(
        a.zero_point, b.zero_point, y.zero_point, quantize_multiplier(factor), *fused_range(node)
    )


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b [samples, *shape] of one dtype -> [samples, *output shape] of it."""
    a, b = aligned(node, *values)
    if node.output.dtype == "float32":
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            return clamp(a * b, *fused_bounds(node))
    if node.output.dtype == "int32":
        with np.errstate(over="ignore"):
            product: Values = a * b
        return np.clip(product, *int32_range(node))
    if node.output.dtype == "int8":
        return on_pairs(_product(node), a, b)
    return _product(node)(a.astype(np.int64), b.astype(np.int64)).astype(np.int16)


def kernel(node: Node) -> KernelCall:
    """`edgeq_mul_high_word_s8` if its form is proved; else `edgeq_mul_s8`, `_s16`, `_s32` or
    `_f32`. May run in place over an operand of the output's size.
    """
    if node.output.dtype == "int32":
        low, high = int32_range(node)
        return _call(
            node, "edgeq_mul_s32", {"activation_min": low, "activation_max": high}, "bounded"
        )
    if node.output.dtype == "float32":
        return _call(node, "edgeq_mul_f32", bounds_parameters(node), "bounded")
    product = _product(node)
    if node.output.dtype == "int16":
        return _call(node, "edgeq_mul_s16", _fields(product), "mul")
    if (product.low, product.high) == LIMITS["int8"] and product.factor.shift < 0:
        return _call(node, "edgeq_mul_high_word_s8", _high_word_fields(product), "mul_high_word_s8")
    return _call(node, "edgeq_mul_s8", _fields(product), "mul")


def _call(
    node: Node, function: str, fields: Mapping[str, Parameter | None], source: str
) -> KernelCall:
    parameters = {**broadcast_parameters(node), **fields}
    return KernelCall(function, parameters, (0, 1), overlap=in_place(node), source=source)


def _high_word_fields(p: Product) -> dict[str, Parameter | None]:
    """The multiplier of the high word form, with the zero point added before the second rounding.

    A product is below 2**16, so a factor below 2**-17 leaves nothing.
    """
    exponent = min(-p.factor.shift, 17)
    return {
        "a_zero_point": p.a_zero_point,
        "b_zero_point": p.b_zero_point,
        "multiplier": p.factor.multiplier,
        "offset": (p.y_zero_point << exponent) + (1 << (exponent - 1)),
        "exponent": exponent,
    }


def _fields(p: Product) -> dict[str, Parameter | None]:
    return {
        "a_zero_point": p.a_zero_point,
        "b_zero_point": p.b_zero_point,
        "y_zero_point": p.y_zero_point,
        **factor_parameters(p.factor),
        "left": max(p.factor.shift, 0),
        "activation_min": p.low,
        "activation_max": p.high,
    }


VERSIONS = {("int8",): 2, ("int16",): 4}


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call: of two operands of equal shape, or of one and a constant
    that is equal in all rows.
    """
    return element_rows(node, kernel)


def _by_library(library: Library, node: Node) -> KernelCall | None:
    if node.output.dtype != "int8":
        return None
    p = _product(node)
    zero_points = (p.a_zero_point, p.b_zero_point, p.y_zero_point)
    return library_pairs.multiply(library, node, zero_points, p.factor, (p.low, p.high))


LIBRARY_CALLS = {library.name: partial(_by_library, library) for library in LIBRARIES.values()}
