"""HARD_SWISH: y = x * clamp(x + 3, 0, 6) / 6; int8 by a table of TFLite's 16-bit integer results
(reference/hard_swish.h).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import (
    Multiplier,
    int16_multiplier,
    quantize_multiplier,
    rounding_divide_by_pot,
    saturate,
    saturating_doubling_high_mul_16,
    saturating_rounding_doubling_high_mul_16,
    saturating_shift_left,
)
from edgeq.opkit.float_unary import FLOAT_TYPES, is_float, unary_call
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.rows import RowKernel, element_rows


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",), **FLOAT_TYPES}
NEWEST_VERSION = 1
ELEMENTWISE = True


_LARGEST_FACTOR = 2.0**30


def _factors(node: Node) -> tuple[float, float]:
    """Two factors of x in steps of 1/128: to the output's scale, and to the scale where 3.0 is
    32768; quotients in float32, as in TFLM.
    """
    fine = np.float32(1 / 128) * np.float32(node.input(0).scale)
    return float(fine / np.float32(node.output.scale)), float(fine / np.float32(3 / 32768))


def multipliers(node: Node) -> tuple[Multiplier, Multiplier]:
    """Both factors in fixed point."""
    output, relu = _factors(node)
    return quantize_multiplier(output), quantize_multiplier(relu)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's.

    Raises UnsupportedError if the input scale is more than 128 times the output scale, or either is
    near the limits of 16 bits.
    """
    if is_float(node):
        return same_shape(node)
    shifts = [m.shift for m in multipliers(node)] if max(_factors(node)) < _LARGEST_FACTOR else []
    if not shifts or not (-15 <= shifts[0] <= 0 and -15 <= shifts[1] <= 16):
        raise unsupported(
            node,
            f"its scales {node.input(0).scale:g} -> {node.output.scale:g} leave the 16 bits of TFLite's arithmetic",
            "quantize it with an output scale between 1/128 and 512 times the input's",
        )
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """int8 values -> int8 hard swish of each; intermediate results are int16, as in the reference."""
    output, relu = multipliers(node)
    fine = (x - node.input(0).zero_point) << 7
    scaled = saturating_rounding_doubling_high_mul_16(fine, int16_multiplier(output.multiplier))
    gate = saturating_shift_left(fine, max(relu.shift - 1, 0), "int16")
    gate = saturating_rounding_doubling_high_mul_16(gate, int16_multiplier(relu.multiplier))
    gate = saturating_shift_left(gate, int(relu.shift > 0), "int16")
    gate = (rounding_divide_by_pot(gate, max(-relu.shift, 0)) + 2**15) >> 1
    product = saturating_doubling_high_mul_16(gate, scaled)
    shifted = rounding_divide_by_pot(product, -output.shift) + node.output.zero_point
    return saturate(shifted.astype(np.int16), "int8")


def float_outputs(x: Values) -> Values:
    """float32 hard swish of each value: a sum, a product and a quotient, each rounded."""
    three, six = np.float32(3), np.float32(6)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(x * np.minimum(np.maximum(x + three, np.float32(0)), six) / six)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 or float32 [samples, ...] -> the same dtype and shape."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return float_outputs(x)
    return look_up(table(outputs, node), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` with the 256 outputs, or `edgeq_hard_swish_f32`."""
    if is_float(node):
        return unary_call(node, "hard_swish_f32")
    return lookup_kernel(table(outputs, node), node.output.size)


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
