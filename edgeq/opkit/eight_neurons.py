"""Dense layers of which ARM's DSP extension takes eight neurons at a time: which those are, and what
requantizes them.

Eight neurons that are joined in pairs (`joined_weights.py`) and have one scale begin and end
together, with 256 times their sums. Where one multiplication suffices, its high word is shifted by
`SHIFT` for all such layers, 256 times that of a sum, so that one instruction shifts and saturates;
other layers are rounded twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import LIMITS
from edgeq.opkit.bias import folded_bias
from edgeq.opkit.epilogue import double_rounding, largest_sums
from edgeq.opkit.high_word import find_high_word
from edgeq.opkit.joined_weights import LIMIT, fit_int16
from edgeq.opkit.node import constant
from edgeq.opkit.requantize import Integers, Requantization
from edgeq.opkit.variants import Layer

SHIFT = 1


@dataclass(frozen=True)
class EightNeurons:
    """biases: int64 [neurons], not doubled, where sums begin. multiplier, offset, exponent: of all
    neurons, as `edgeq_rows_of_eight` (arch/arm_dsp/eight_neurons.h) reads them; a multiplier below 0
    stands for two roundings by its opposite, the second of which shifts by the exponent.
    """

    biases: Integers
    multiplier: int
    offset: int
    exponent: int


def eight_neurons(layer: Layer) -> EightNeurons | None:
    """The constants of a layer of int8 whose neurons are taken eight at a time, None for others."""
    r = layer.requantization
    if r is None or layer.channels % 8:
        return None
    filters = layer.filters(constant(layer.node, 1))
    bias = folded_bias(layer.node, layer.channel_axis).astype(np.int64)
    reach = largest_sums(filters)
    found = _once(r, bias, reach) or _twice(r, bias, reach)
    if found is None or not fit_int16(filters[0::2], filters[1::2]):
        return None
    return found if np.all(reach + np.abs(found.biases) < LIMIT) else None


def _once(r: Requantization, bias: Integers, reach: Integers) -> EightNeurons | None:
    """By one multiplication, with 256 times the offset."""
    low, high = LIMITS["int8"]
    form = find_high_word(replace(r, low=low, high=high), bias, reach, SHIFT)
    if form is None:
        return None
    scale = _shared(np.stack([form.multiplier, form.offset], axis=1))
    if scale is None or scale[0] <= 0 or abs(scale[1]) >= 1 << 22:
        return None
    return EightNeurons(form.bias.astype(np.int64), scale[0], scale[1] << 8, 0)


def _twice(r: Requantization, bias: Integers, reach: Integers) -> EightNeurons | None:
    """By both roundings."""
    fields = double_rounding(r, bias, reach)
    scale = fields and _shared(np.asarray(fields["epilogue.constants"])[:, 1:])
    if not scale or scale[0] <= 0:
        return None
    return EightNeurons(bias, -scale[0], scale[1], scale[2])


def _shared(scales: npt.NDArray[np.int32]) -> list[int] | None:
    """The row that all rows are equal to, if there is one."""
    same = bool(np.all(scales == scales[0]))
    return [int(value) for value in scales[0]] if same else None
