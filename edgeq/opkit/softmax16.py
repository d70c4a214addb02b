"""SOFTMAX on int16: tables of exp and of 1 / (1 + x), interpolated (reference/softmax.h,
SoftmaxInt16).

tflite-runtime 2.14 fills the tables by other operations; its outputs differ by 1 here and there.
TFLM decides.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import (
    Multiplier,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    saturate,
)
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Real = Callable[[Floats], Floats]


def input_multiplier(node: Node) -> Multiplier:
    """From input units to those of the exponential's table, 65535 to the real 10 (TFLM
    softmax_common.cc).
    """
    return quantize_multiplier(node.input(0).scale * float(node.attributes.beta) / (10.0 / 65535.0))


def _round(x: Floats) -> Floats:
    return np.copysign(np.floor(np.abs(x) + np.float32(0.5)), x).astype(np.float32)


def interpolation_table(
    function: Real, scale: np.float32, zero_point: int
) -> npt.NDArray[np.int16]:
    """int16 [513]: 2**15 * function at every 128th int16 input, a chord's error halved
    (`LUTPopulateInt16`, common.h).

    scale, zero_point: the quantization of the inputs. All is computed in float32, in the
    reference's order.
    """
    f32 = np.float32
    low, high = scale * f32(-32768 - zero_point), scale * f32(32767 - zero_point)
    step = (high - low) / f32(512)
    i = np.arange(512, dtype=f32)
    # The output's scale is 2 / 65535, with zero point 0: 65536 / (output_max - output_min).
    output_scale = f32(2) / f32(65535)
    steps = f32(65536) / (output_scale * f32(32767) - output_scale * f32(-32768))
    starts, middles, ends = (
        low + i * step,
        (low + i * step) + step / f32(2),
        low + (i + f32(1)) * step,
    )
    value, middle, after = (function(x) * steps for x in (starts, middles, ends))
    chord = _round((after + _round(value)) / f32(2))
    bias = _round((chord - _round(middle)) / f32(2))
    last = _round(function(np.array([high], f32)) * steps)
    return np.asarray(
        np.clip(np.concatenate([_round(value) - bias, last]), -32768, 32767).astype(np.int16)
    )


@cache
def tables() -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """exp(x) for -10 <= x <= 0, and 1 / (1 + x) for 0 <= x <= 1; both over the int16 range, in
    Q0.15.
    """
    unit = np.float32(1)
    exp_scale, inverse_scale = np.float32(10) / np.float32(65535), unit / np.float32(65535)
    exp = interpolation_table(
        lambda x: np.exp(x.astype(np.float64)).astype(np.float32), exp_scale, 32767
    )
    inverse = interpolation_table(lambda x: unit / (unit + x), inverse_scale, -32768)
    return exp, inverse


def interpolate(table: npt.NDArray[np.int16], x: Integers) -> Integers:
    """The table at int16 values x, between its entries by 7 bits, ties up (`LUTLookup`, common.h)."""
    entries, index = table.astype(np.int64), 256 + (x >> 7)
    slope = (entries[index + 1] - entries[index]).astype(np.int16).astype(np.int64)
    return np.asarray(entries[index] + ((slope * (x & 127) + 64) >> 7))


def softmax16(node: Node, x: Values) -> Values:
    """x int16 [..., depth] -> int16 probabilities of the same shape, 0 to 32767."""
    exp_table, inverse_table = tables()
    below = x.astype(np.int64) - x.max(axis=-1, keepdims=True)
    scaled = multiply_by_quantized_multiplier(below, *input_multiplier(node)) + 32767
    exps = interpolate(exp_table, np.clip(scaled, -32768, 32767))
    total = exps.sum(axis=-1, keepdims=True)
    bits = np.frexp(total.astype(np.float64))[1].astype(np.int64)  # the total is below 2**bits
    mantissa = ((total << (31 - bits)) + (1 << 13)) >> 14
    inverse = interpolate(inverse_table, np.clip(mantissa - (1 << 15) - (1 << 16), -32768, 32767))
    shift = bits - 1
    return saturate(np.maximum((exps * inverse + (1 << shift >> 1)) >> shift, 0), "int16")


def softmax16_kernel(node: Node) -> KernelCall:
    """`edgeq_softmax_s16` with both tables in flash."""
    multiplier, shift = input_multiplier(node)
    exp_table, inverse_table = tables()
    depth = node.output.shape[-1]
    return KernelCall(
        "edgeq_softmax_s16",
        {
            "rows": node.output.size // max(depth, 1),
            "depth": depth,
            "multiplier": multiplier,
            "shift": shift,
            "exp": exp_table,
            "inverse": inverse_table,
        },
        overlap=(0,),
        source="softmax_s16",
    )
