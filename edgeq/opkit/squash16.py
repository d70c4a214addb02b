"""What LOGISTIC and TANH on int16 share: a table of the logistic function, read with linear interpolation.

Both functions are symmetric and tanh(x) = 2 * logistic(2 * x) - 1, so one table of x >= 0 serves both.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import round_half_away
from edgeq.opkit.contract import KernelCall, Node, Parameter, unsupported

Integers = npt.NDArray[np.int64]

# 2**16 / (1 + exp(-i / 24)) as TFLite has it: up to 1.1 away from the exact value (kernels/internal/common.h)
SIGMOID = np.array([
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149, 40794, 41432, 42064, 42688,
    43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409,
    51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370, 60565, 60753, 60935, 61110,
    61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186,
    63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786, 64816, 64845, 64873, 64900,
    64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208,
    65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433, 65438, 65442, 65445, 65449,
    65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491,
    65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522, 65523, 65523, 65524, 65524,
    65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530,
    65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65535,
], np.uint16)  # fmt: skip


class InputScale(NamedTuple):
    """Input units to table units, 3 * 4096 to the real 1.0: (x * multiplier + 2**(shift - 1)) >> shift."""

    multiplier: int
    shift: int


def input_scale(node: Node, exact_shifts: tuple[int, ...]) -> InputScale:
    """The input's scale as TFLM's Prepare has it: 15 bits, or a power of two by shifting.

    exact_shifts: for scales 2**(k - 12), the k that the operator takes exactly; scales within 0.07 % count as such.
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
    """Raises UnsupportedError unless the zero point is 0 and the scale leaves products within 32 bits."""
    x = node.input(0)
    if x.zero_point:
        raise unsupported(node, f"its int16 input has zero point {x.zero_point}, not 0")
    if input_scale(node, ()).multiplier > 32767:
        raise unsupported(node, f"its int16 input has scale {x.scale:g}, TFLite computes it below 2.66")


def table_units(scale: InputScale, x: Integers) -> Integers:
    """int16 inputs in table units, ties up."""
    return (x * scale.multiplier + (1 << scale.shift >> 1)) >> scale.shift


def interpolate(magnitude: Integers, bits: int) -> Integers:
    """The table at `magnitude` / 2**bits with `bits` more fraction bits; only meant below entry 255, the last."""
    index = np.minimum(magnitude >> bits, 254)
    low, high = SIGMOID[index].astype(np.int64), SIGMOID[index + 1].astype(np.int64)
    return np.asarray((low << bits) + (magnitude & ((1 << bits) - 1)) * (high - low))


def squash16_kernel(node: Node, name: str, scale: InputScale) -> KernelCall:
    """`edgeq_<name>_s16` with the table in flash."""
    parameters: dict[str, Parameter | None] = {
        "elements": node.output.size,
        "multiplier": scale.multiplier,
        "shift": scale.shift,
        "sigmoid": SIGMOID,
    }
    return KernelCall(f"edgeq_{name}_s16", parameters, overlap=(0,), source=f"{name}_s16")
