"""What LOGISTIC and TANH on int16 share: a table of the logistic function, read with linear
interpolation.

Both functions are symmetric and tanh(x) = 2 * logistic(2 * x) - 1, so one table of x >= 0 serves
both.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import round_half_away
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, unsupported
from edgeq.opkit.sigmoid_table import SIGMOID

Integers = npt.NDArray[np.int64]


class InputScale(NamedTuple):
    """Input units to table units, 3 * 4096 to the real 1.0: (x * multiplier + 2**(shift - 1)) >>
    shift.
    """

    multiplier: int
    shift: int


def input_scale(node: Node, exact_shifts: tuple[int, ...]) -> InputScale:
    """The input's scale as TFLM's Prepare has it: 15 bits, or a power of two by shifting.

    exact_shifts: for scales 2**(k - 12), the k that the operator takes exactly; scales within 0.07
    % count as such.
    """
    scale = node.input(0).scale
    log2 = float(np.float32(np.log(np.float32(scale))) * (np.float32(1) / np.log(np.float32(2))))
    left = 12 + round_half_away(log2)
    if abs(log2 - round_half_away(log2)) < 1e-3 and left in exact_shifts:
        return InputScale(3 << left, 0)
    multiplier, shift = scale * 4096.0 * 3.0, 0
    while multiplier <= 32767.0 / 2.0 and shift <= 30:
        multiplier, shift = multiplier * 2, shift + 1
    return InputScale(math.floor(multiplier), shift)


def check_int16(node: Node) -> None:
    """Raises UnsupportedError unless the zero point is 0 and the scale leaves products within 32
    bits.
    """
    x = node.input(0)
    if x.zero_point:
        raise unsupported(node, f"its int16 input has zero point {x.zero_point}, not 0")
    if input_scale(node, ()).multiplier > 32767:
        raise unsupported(
            node, f"its int16 input has scale {x.scale:g}, TFLite computes it below 2.66"
        )


def table_units(scale: InputScale, x: Integers) -> Integers:
    """int16 inputs in table units, ties up."""
    return (x * scale.multiplier + (1 << scale.shift >> 1)) >> scale.shift


def interpolate(magnitude: Integers, bits: int) -> Integers:
    """The table at `magnitude` / 2**bits with `bits` more fraction bits; only meant below entry
    255, the last.
    """
    index = np.minimum(magnitude >> bits, 254)
    low, high = SIGMOID[index].astype(np.int64), SIGMOID[index + 1].astype(np.int64)
    return np.asarray((low << bits) + (magnitude & ((1 << bits) - 1)) * (high - low))


def logistic_units(units: Integers) -> Integers:
    """The sigmoid of values in table units, in steps of 2**-15, ties rounded up."""
    above = np.where(np.abs(units) >> 9 >= 255, 0x7FFF << 10, interpolate(np.abs(units), 9))
    rounded = np.where(units >= 0, above + 512, (1 << 25) - above + 511)
    return np.asarray(rounded >> 10)


def tanh_units(units: Integers) -> Integers:
    """tanh of values in table units, in steps of 2**-15, ties rounded up."""
    above = np.where(np.abs(units) >> 8 >= 255, 0xFFFF << 8, interpolate(np.abs(units), 8))
    rounded = np.where(units >= 0, above - (1 << 23) + 128, (1 << 23) - above + 127)
    return np.asarray(rounded >> 8)


def squash16_kernel(node: Node, name: str, scale: InputScale) -> KernelCall:
    """`edgeq_<name>_s16` with the table in flash."""
    parameters: dict[str, Parameter | None] = {
        "elements": node.output.size,
        "multiplier": scale.multiplier,
        "shift": scale.shift,
        "sigmoid": SIGMOID,
    }
    return KernelCall(f"edgeq_{name}_s16", parameters, overlap=(0,), source="squash_s16")
