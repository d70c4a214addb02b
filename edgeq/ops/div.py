"""DIV: y = a / b, either operand broadcast (TFLite reference/div.h). int32 is cut off towards 0.

int8 at scales where the reference's shifts stay within 32 bits: elsewhere it gives 127 for 1 / 255.
C leaves undefined what an integer divided by 0 is; here it is 0 on int32, and on int8 the end of the
range that has the dividend's sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from edgeq.fixedpoint import (
    Multiplier,
    leading_zeros,
    quantize_multiplier,
    reciprocal,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.elementwise import Integers, aligned, broadcast_shape, fused_range, on_pairs
from edgeq.opkit.float_weights import bounds_parameters
from edgeq.opkit.floats import clamp, fused_bounds
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.pairs import int32_range, pair_call


@dataclass(frozen=True)
class Attributes:
    fused_activation_function: str = "NONE"


TYPES = {(d, d): (d,) for d in ("int8", "int32", "float32")}
OPTIONS = "DivOptions"
NEWEST_VERSION = 2
ELEMENTWISE = True
ON_REALS = True
_LEAST, _MOST = 2.0**6, 2.0**22
"""The factor between the scales; it keeps the right shift of every quotient within 0 to 31 bits."""
_BEYOND = 1 << 9  # times a dividend: more than any output


@dataclass(frozen=True)
class Quotient:
    """The integer arithmetic of a quantized quotient, a function from int64 arrays to int64."""

    a_zero_point: int
    b_zero_point: int
    y_zero_point: int
    factor: Multiplier
    low: int
    high: int

    def __call__(self, a: Any, b: Any) -> Integers:
        divisor = b - self.b_zero_point
        dividend = (a - self.a_zero_point) * np.where(divisor < 0, -1, 1)
        inverse, bits = reciprocal(np.maximum(np.abs(divisor), 1), 31)
        headroom = leading_zeros(np.maximum(2 * np.abs(dividend) - (dividend < 0), 1))
        product = saturating_rounding_doubling_high_mul
        unscaled = product(dividend << headroom, inverse)
        right = bits + headroom - self.factor.shift
        scaled = rounding_divide_by_pot(product(unscaled, self.factor.multiplier), right)
        whole = np.where(divisor == 0, dividend * _BEYOND, scaled)
        return np.asarray(np.clip(whole + self.y_zero_point, self.low, self.high))


@lru_cache(maxsize=256)
def _quotient(node: Node) -> Quotient:
    a, b, y = node.input(0), node.input(1), node.output
    factor = a.scale / (b.scale * y.scale)
    if not _LEAST <= factor < _MOST:
        scales = f"its scales give the factor {a.scale:g} / ({b.scale:g} * {y.scale:g})"
        within = f"the reference overflows unless it is {_LEAST:.0f} to {_MOST:.0f}"
        raise unsupported(node, f"{scales}, and {within}")
    return Quotient(
        a.zero_point,
        b.zero_point,
        y.zero_point,
        quantize_multiplier(factor),
        *fused_range(node),
    )


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which a and b broadcast."""
    if node.output.dtype == "float32":
        fused_bounds(node)
    elif node.output.dtype == "int32":
        int32_range(node)
    else:
        check_quantized(node, node.input(0), node.input(1), node.output)
        _quotient(node)
    return (broadcast_shape(node),)


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b [samples, *shape] of one dtype -> [samples, *output shape] of it."""
    a, b = aligned(node, *values)
    if node.output.dtype == "int8":
        return on_pairs(_quotient(node), a, b)
    with np.errstate(all="ignore"):
        if node.output.dtype == "float32":
            return clamp(a / b, *fused_bounds(node))
        floor = a // b
        cut = floor + ((floor * b != a) & ((a < 0) != (b < 0)) & (b != 0))
        return np.asarray(np.clip(cut, *int32_range(node)).astype(np.int32))


def kernel(node: Node) -> KernelCall:
    """`edgeq_div_s8`, `_s32` or `_f32`, in place over an operand of the output's size."""
    if node.output.dtype == "float32":
        return pair_call(node, "div_f32", "bounded", (0, 1), **bounds_parameters(node))
    if node.output.dtype == "int32":
        low, high = int32_range(node)
        return pair_call(node, "div_s32", "bounded", activation_min=low, activation_max=high)
    q = _quotient(node)
    return pair_call(
        node,
        "div_s8",
        "div_s8",
        a_zero_point=q.a_zero_point,
        b_zero_point=q.b_zero_point,
        y_zero_point=q.y_zero_point,
        multiplier=q.factor.multiplier,
        shift=q.factor.shift,
        activation_min=q.low,
        activation_max=q.high,
    )
