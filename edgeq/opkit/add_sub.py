"""What ADD and SUB share: y = a ± b on a common fine scale (TFLite reference/add.h,
reference/sub.h).

With s the larger input scale, both operands are brought to the scale 2s / 2**left_shift, added as
int32 without overflow, and brought to the output's scale; each of the three steps rounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from edgeq.fixedpoint import (
    LIMITS,
    Multiplier,
    multiply_by_quantized_multiplier,
)
from edgeq.opkit.below_one import below_one
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
from edgeq.opkit.linear_pair import EVERY, LinearPair, find_linear_pair
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.requantization_steps import steps
from edgeq.opkit.requantize import Requantization
from edgeq.opkit.suffix import SUFFIX

TYPES = {(d, d): (d,) for d in ("int8", "int16", "int32", "int64", "float32")}
PLAIN = ("int32", "int64")  # integers without a scale
LEFT_SHIFT = {"int8": 20, "int16": 15}


@dataclass(frozen=True)
class Sum:
    """The integer arithmetic of a quantized a + sign * b; called with int64 arrays, gives int64."""

    a_zero_point: int
    b_zero_point: int
    y_zero_point: int
    a: Multiplier
    b: Multiplier
    y: Multiplier
    sign: int
    left_shift: int
    low: int
    high: int

    def __call__(self, a: Any, b: Any) -> Integers:
        left, right = self.terms(a, b)
        scaled = multiply_by_quantized_multiplier(left + right, *self.y)
        return np.clip(scaled + self.y_zero_point, self.low, self.high)

    def terms(self, a: Any, b: Any) -> tuple[Integers, Integers]:
        """What is added: both operands on the fine scale, b with its sign."""
        left = multiply_by_quantized_multiplier((a - self.a_zero_point) << self.left_shift, *self.a)
        right = multiply_by_quantized_multiplier(
            (b - self.b_zero_point) << self.left_shift, *self.b
        )
        return left, self.sign * right

    def of_every_pair(self) -> Integers:
        """[256, 256] for int8 a and b from -128 to 127: the steps of the last rounding, looked up
        for each sum.
        """
        left, right = self.terms(EVERY, EVERY)
        reach = np.abs(left).max(keepdims=True) + np.abs(right).max()
        multiplier, shift = (np.array([part]) for part in self.y)
        rounding = Requantization(multiplier, shift, self.y_zero_point, self.low, self.high)
        step = steps(rounding, np.zeros(1, np.int64), reach)[:, 0]
        return self.low + np.searchsorted(step, left[:, None] + right[None, :], side="right")


def quantized_sum(node: Node, sign: int) -> Sum | None:
    """The arithmetic of an int8 or int16 node, its factors computed in double; None for int32, int64
    and float32.

    Sources of TFLM before October 2026 compute SUB's factors in float; TFLite, and TFLM since then,
    do not. Raises UnsupportedError for scales that the reference refuses.
    """
    if node.output.dtype in (*PLAIN, "float32"):
        return None
    a, b, y = node.input(0), node.input(1), node.output
    shift = LEFT_SHIFT[y.dtype]
    twice = 2 * max(a.scale, b.scale)
    for_a, for_b = below_one(node, a.scale / twice), below_one(node, b.scale / twice)
    for_y = below_one(node, twice / ((1 << shift) * y.scale))
    return Sum(
        a.zero_point,
        b.zero_point,
        y.zero_point,
        for_a,
        for_b,
        for_y,
        sign,
        shift,
        *fused_range(node),
    )


def sum_shapes(node: Node) -> tuple[Shape, ...]:
    """The shape that a and b broadcast to; checks quantization and, for integers without a scale,
    that nothing is fused.
    """
    tensors = (node.input(0), node.input(1), node.output)
    if node.output.dtype == "float32":
        fused_bounds(node)
        return (broadcast_shape(node),)
    if node.output.dtype in PLAIN:
        if node.attributes.fused_activation_function != "NONE":
            # TFLM's ADD ignores it and its SUB does not; TFLite applies it to both.
            fused = "with a fused activation: the references disagree about it"
            raise unsupported(node, f"{node.output.dtype} {fused}")
        return (broadcast_shape(node),)
    check_quantized(node, *tensors)
    if node.output.dtype == "int16" and any(t.zero_point for t in tensors):
        raise unsupported(node, "an int16 zero point is not 0")
    return (broadcast_shape(node),)


def simulate_sum(node: Node, arithmetic: Sum | None, sign: int, *values: Values | None) -> Values:
    """a, b [samples, *shape] -> [samples, *output shape]; arithmetic: None for int32 and int64,
    which wrap, and float32.
    """
    a, b = aligned(node, *values)
    if node.output.dtype == "float32":
        with np.errstate(over="ignore", invalid="ignore"):
            return clamp(a + b if sign > 0 else a - b, *fused_bounds(node))
    if arithmetic is None:
        with np.errstate(over="ignore"):
            return a + b if sign > 0 else a - b
    if node.output.dtype == "int8":
        return on_pairs(arithmetic, a, b)
    return arithmetic(a.astype(np.int64), b.astype(np.int64)).astype(node.output.dtype)


def sum_kernel(node: Node, arithmetic: Sum | None, sign: int) -> KernelCall:
    """`edgeq_sum_linear_s8` where the linear form is proved; else `edgeq_sum_s8`, `_s16`, `_s32`,
    `_s64` or `_f32`.

    Those do all roundings, and take the operand of the larger scale first.
    """
    if node.output.dtype == "float32":
        return _call(node, "sum_f32", {"b_sign": float(sign), **bounds_parameters(node)})
    linear = (
        None if arithmetic is None or node.output.dtype != "int8" else _linear(node, arithmetic)
    )
    if linear is not None:
        weights = {
            "a_weight": linear.a_weight,
            "b_weight": linear.b_weight,
            "offset": linear.offset,
        }
        return _call(node, "sum_linear_s8", weights)
    if arithmetic is None:
        return _call(node, f"sum_{SUFFIX[node.output.dtype]}", {"b_sign": sign}, "sum_s32")
    order = (1, 0) if node.input(1).scale > node.input(0).scale else (0, 1)
    parameters = {**broadcast_parameters(node, order), **_fields(arithmetic, order)}
    function = f"edgeq_sum_{SUFFIX[node.output.dtype]}"
    return KernelCall(function, parameters, order, overlap=in_place(node, order), source="sum")


def _call(
    node: Node, name: str, fields: Mapping[str, Parameter | None], source: str = ""
) -> KernelCall:
    parameters, over = {**broadcast_parameters(node), **fields}, in_place(node)
    return KernelCall(f"edgeq_{name}", parameters, (0, 1), overlap=over, source=source or name)


def _linear(node: Node, s: Sum) -> LinearPair | None:
    a, b, y = node.input(0), node.input(1), node.output
    return _linear_form(s, a.scale / y.scale, s.sign * b.scale / y.scale)


@lru_cache(maxsize=256)
def _linear_form(s: Sum, a_slope: float, b_slope: float) -> LinearPair | None:
    """Kept by what it is made of, for layers of the same arithmetic."""
    if (s.low, s.high) != LIMITS["int8"]:
        return None
    centre = s.y_zero_point + 0.5 - a_slope * s.a_zero_point - b_slope * s.b_zero_point
    return find_linear_pair(s.of_every_pair(), a_slope, b_slope, centre)


def _fields(s: Sum, order: tuple[int, int]) -> dict[str, Parameter | None]:
    """Twice the sum is of use in C. The factor of the larger scale is 1/2 exactly, so twice its term
    is (x - zero point) * 2**left_shift.
    """
    exact = 1 << s.left_shift
    a_weight, a_zero_point = (
        (exact, s.a_zero_point) if order == (0, 1) else (s.sign * exact, s.b_zero_point)
    )
    b_sign, b_zero_point, b = (
        (s.sign, s.b_zero_point, s.b) if order == (0, 1) else (1, s.a_zero_point, s.a)
    )
    return {
        "a_weight": a_weight,
        "bias": -a_weight * a_zero_point,
        "b_zero_point": b_zero_point,
        **factor_parameters(b, "b_"),
        "y_zero_point": s.y_zero_point,
        **factor_parameters(s.y, "y_"),
        "b_weight": 2 * b_sign,
        "activation_min": s.low,
        "activation_max": s.high,
    }
