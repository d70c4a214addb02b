"""What LOGISTIC and TANH on int8 share: inputs as Q4, outputs of a fixed scale."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import (
    input_radius,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    rounding_divide_by_pot,
    saturate,
)
from edgeq.opkit.node import Node, Values, unsupported

Integers = npt.NDArray[np.int64]
INTEGER_BITS = 4  # the functions are computed on Q4, -16 to 16, and saturated beyond 15
COARSE = 8.0  # scales from here on make every input but the zero point saturate


def check_scales(node: Node, output_scale: float, output_zero_point: int) -> None:
    """Raises UnsupportedError unless the output is quantized as TFLite demands and the input within
    TFLM's reach.
    """
    x, y = node.input(0), node.output
    if (y.scale, y.zero_point) != (output_scale, output_zero_point):
        raise unsupported(
            node,
            f"its output has scale {y.scale:g} and zero point {y.zero_point}, TFLite has "
            f"{output_scale:g} and {output_zero_point}",
            "convert the model again",
        )
    if x.dtype == "int8" and not 2.0**-28 <= x.scale < 2.0**32:
        raise unsupported(
            node, f"its input has scale {x.scale:g}, TFLM computes it from 2**-28 to below 2**32"
        )


def squash(
    node: Node, x: Integers, function: Callable[[Integers, int], Integers], fraction_bits: int
) -> Values:
    """int8 values x -> function(x_scale * (x - x_zero_point)) * 2**fraction_bits + y_zero_point as
    int8.

    function: a Q4 function of `edgeq.fixedpoint` with results in Q0. Source:
    reference/integer_ops/{logistic,tanh}.h and TFLM's Prepare. (tflite-runtime 2.14 has a table of
    float results instead, which agrees for input scales below 1 as far as tried and not always
    above.)
    """
    centred = x - node.input(0).zero_point
    if node.input(0).scale >= COARSE:  # the radius is 0, so TFLM has the least output at 0 as well
        return np.where(centred <= 0, -128, 127).astype(np.int8)
    multiplier = quantize_multiplier(node.input(0).scale * 2.0 ** (31 - INTEGER_BITS))
    radius = input_radius(INTEGER_BITS, multiplier.shift)
    inside = np.abs(centred) < radius
    in_q4 = multiply_by_quantized_multiplier(np.where(inside, centred, 0), *multiplier)
    scaled = (
        rounding_divide_by_pot(function(in_q4, INTEGER_BITS), 31 - fraction_bits)
        + node.output.zero_point
    )
    beyond = np.where(centred <= -radius, -128, 127)
    return saturate(np.where(inside, scaled, beyond), "int8")
