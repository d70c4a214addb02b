"""SQUARED_DIFFERENCE: y = (a - b)^2, either operand broadcast (TFLM kernels/squared_difference.cc;
int32 wraps).

With s the larger input scale, both operands are brought to the scale 2s / 2**left_shift, and the
square of their difference to the output's scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from edgeq.fixedpoint import (
    LIMITS,
    Multiplier,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    wrap_int32,
)
from edgeq.opkit.below_one import below_one
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.elementwise import (
    Integers,
    aligned,
    broadcast_shape,
    factor_parameters,
    on_pairs,
)
from edgeq.opkit.kernel_call import KernelCall, nested
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.pairs import pair_call
from edgeq.opkit.rows import RowKernel, element_rows
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(d, d): (d,) for d in ("int8", "int16", "int32", "float32")}
NEWEST_VERSION = 2
ELEMENTWISE = True
VERSIONS = {("int8",): 2}
_LEFT_SHIFT = {"int8": 7, "int16": 0}


@dataclass(frozen=True)
class SquaredDifference:
    """The integer arithmetic of a quantized square, a function from int64 arrays to int64."""

    a_zero_point: int
    b_zero_point: int
    y_zero_point: int
    a: Multiplier
    b: Multiplier
    y: Multiplier
    left_shift: int
    low: int
    high: int

    def __call__(self, a: Any, b: Any) -> Integers:
        left = multiply_by_quantized_multiplier((a - self.a_zero_point) << self.left_shift, *self.a)
        right = multiply_by_quantized_multiplier(
            (b - self.b_zero_point) << self.left_shift, *self.b
        )
        scaled = multiply_by_quantized_multiplier(np.square(left - right), *self.y)
        return np.clip(wrap_int32(scaled + self.y_zero_point), self.low, self.high)


@lru_cache(maxsize=256)
def _arithmetic(node: Node) -> SquaredDifference:
    a, b, y = node.input(0), node.input(1), node.output
    shift, twice = _LEFT_SHIFT[y.dtype], 2 * max(a.scale, b.scale)
    factor = twice * twice / ((1 << 2 * shift) * y.scale)
    if factor >= 2**30:
        raise unsupported(node, f"its factor {factor:g} between the scales is 2**30 or more")
    return SquaredDifference(
        a.zero_point,
        b.zero_point,
        y.zero_point,
        below_one(node, a.scale / twice),
        below_one(node, b.scale / twice),
        quantize_multiplier(factor),
        shift,
        *LIMITS[y.dtype],
    )


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which a and b broadcast. Raises UnsupportedError for zero points of int16
    other than 0, and for scales that the reference refuses.
    """
    tensors = (node.input(0), node.input(1), node.output)
    if node.output.dtype in _LEFT_SHIFT:
        check_quantized(node, *tensors)
        _arithmetic(node)
    if node.output.dtype == "int16" and any(t.zero_point for t in tensors):
        raise unsupported(node, "an int16 zero point is not 0")
    return (broadcast_shape(node),)


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b [samples, *shape] of one dtype -> [samples, *output shape] of it."""
    a, b = aligned(node, *values)
    if node.output.dtype == "int8":
        return on_pairs(_arithmetic(node), a, b)
    if node.output.dtype == "int16":
        return _arithmetic(node)(a.astype(np.int64), b.astype(np.int64)).astype(np.int16)
    with np.errstate(all="ignore"):
        return np.asarray(np.square(a - b))


def kernel(node: Node) -> KernelCall:
    """`edgeq_squared_difference_s8`, `_s16`, `_s32` or `_f32`; in place over an operand of the
    output's size.
    """
    dtype = node.output.dtype
    name = f"squared_difference_{SUFFIX[dtype]}"
    if dtype not in _LEFT_SHIFT:
        return pair_call(node, name, "unbounded_f32" if dtype == "float32" else name)
    s = _arithmetic(node)
    fields = {
        "a_zero_point": s.a_zero_point,
        "b_zero_point": s.b_zero_point,
        "y_zero_point": s.y_zero_point,
        **nested("a_factor", factor_parameters(s.a)),
        **nested("b_factor", factor_parameters(s.b)),
        **nested("y_factor", factor_parameters(s.y)),
        "left": max(s.y.shift, 0),
    }
    return pair_call(node, name, "squared_difference", (0, 1), **fields)


def rows(node: Node) -> RowKernel | None:
    """The row kernel of two operands of equal shape, one row per call."""
    return element_rows(node, kernel)
