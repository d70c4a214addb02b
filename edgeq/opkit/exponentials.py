"""Exponentials of the 256 distances of int8 values from a row's largest, for softmax and its
logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import (
    Multiplier,
    exp_on_negative_values,
    input_radius,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    rounding_divide_by_pot,
)

Integers = npt.NDArray[np.int64]
DISTANCE_BITS, SUM_BITS = 5, 12  # integer bits of a scaled distance and of the sum of exponentials
LONGEST = (
    4095  # elements of a row whose sum of exponentials, each at most 1, stays below 2**SUM_BITS
)
NEGLIGIBLE = 2**11  # exponentials below it add 0 to the sum


@dataclass(frozen=True)
class Exponentials:
    """Of the distances d = 0 ... 255, int64 [256] each; beyond `radius`, which the reference skips,
    q0 and q12 are 0.

    multiplier: from a distance to Q5. scaled: -d * beta * x_scale in Q5. q0: exp of it in Q0. q12:
    that in Q12.
    """

    multiplier: Multiplier
    radius: int
    scaled: Integers
    q0: Integers
    q12: Integers

    @property
    def counting(self) -> npt.NDArray[np.int32]:
        """The exponentials in Q0 up to the last that is not negligible."""
        return self.q0[: np.flatnonzero(self.q0 >= NEGLIGIBLE)[-1] + 1].astype(np.int32)


def distance_factor(beta: float, scale: float) -> float:
    """Real factor from a distance to Q5 (`PreprocessSoftmaxScaling`, quantization_util.cc); it must
    be above 1.

    The reference caps it at 2**31 - 1, where all distances but 0 are skipped; capped here, the next
    adds exp(-16): 0.
    """
    return min(float(beta) * scale * 2.0 ** (31 - DISTANCE_BITS), 2.0**30 - 1)


@lru_cache(maxsize=64)
def exponentials(beta: float, scale: float) -> Exponentials:
    """The table for a factor beta on the exponent and the scale of the inputs."""
    multiplier = quantize_multiplier(distance_factor(beta, scale))
    radius, distances = input_radius(DISTANCE_BITS, multiplier.shift), np.arange(256)
    scaled = multiply_by_quantized_multiplier(
        np.where(distances <= radius, -distances, 0), *multiplier
    )
    q0 = np.where(distances <= radius, exp_on_negative_values(scaled, DISTANCE_BITS), 0)
    return Exponentials(multiplier, radius, scaled, q0, rounding_divide_by_pot(q0, SUM_BITS))
