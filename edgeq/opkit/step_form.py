"""A floating-point form of requantization, exact and faster in NumPy than the integer form.

The output is a monotone step function of the accumulator: for every value q there is one least
accumulator that gives q or more. A floating form `floor(acc * slope + offset)` is monotone too
(each of its roundings is), so if both agree just below and at every step within reach, they agree
everywhere within reach. `step_form` searches such a form, in float32 and then in float64, and
proves it step by step; where it finds none, callers requantize with integers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.opkit.node import Values
from edgeq.opkit.requantization_steps import steps
from edgeq.opkit.requantize import Integers, Requantization

Floats = npt.NDArray[np.floating[Any]]
CHANNELS_TOGETHER = 1 << 12  # whose steps are searched and proved at once, each array of them 8 MB


@dataclass(frozen=True)
class StepForm:
    """floor(u + copysign(tilt, u) + offset) with u = acc * slope + centre, proved equal to a
    requantization.

    slope, centre, tilt, offset: float32 or float64 [channels]; all is computed in their precision.
    The tilt tells apart ties below and above zero, which the reference rounds away from zero; it is
    None where one side suffices.
    """

    slope: Floats
    centre: Floats
    tilt: Floats | None
    offset: Floats
    low: int
    high: int
    dtype: str

    def __call__(self, accumulator: Floats) -> Values:
        """accumulator: float32 integers [..., channels] within the proved reach -> outputs of the
        same shape.

        Pixels of a row, [..., columns, channels], are computed as one line: NumPy is slow at short
        inner loops.
        """
        columns = accumulator.shape[-2] if accumulator.ndim > 2 else 1
        y = accumulator.reshape(*accumulator.shape[:-2], -1) if columns > 1 else accumulator
        y = np.multiply(y, np.tile(self.slope, columns))
        np.add(y, np.tile(self.centre, columns), out=y)
        if self.tilt is not None:
            np.add(y, np.copysign(np.tile(self.tilt, columns), y), out=y)
            np.add(y, np.tile(self.offset, columns), out=y)
        np.floor(y, out=y)
        np.clip(y, self.low, self.high, out=y)
        return y.astype(self.dtype).reshape(accumulator.shape)


def step_form(requantization: Requantization, bias: Integers, reach: Integers) -> StepForm | None:
    """A floating form equal to `requantization(acc + bias)` for every integer |acc| <= reach, or
    None.

    bias, reach: int64 [channels]; reach must be below 2**24, so that float32 holds every
    accumulator. Accumulators that wrap, or wrap when a factor above 1 shifts them, are no step
    function and have no form.
    """
    largest = (np.abs(bias) + reach) << np.maximum(requantization.shift, 0)
    if np.any(largest >= 2**31 - 2**16) or np.any(reach >= 2**24):
        return None
    parts = [
        slice(first, first + CHANNELS_TOGETHER) for first in range(0, len(reach), CHANNELS_TOGETHER)
    ]
    cut = [(requantization.channels(part), bias[part], reach[part]) for part in parts]
    step = [steps(*part) for part in cut]
    for precision in ("float32", "float64"):
        for candidate in (_one_sided, _two_sided):
            forms = list[StepForm]()
            for part, at in zip(cut, step, strict=True):
                form = candidate(*part, at, precision)
                if not _proved(form, at, part[2]):
                    break
                forms.append(form)
            if len(forms) == len(cut):
                return _joined(forms)
    return None


def _joined(forms: list[StepForm]) -> StepForm:
    """The forms of parts of the channels as one."""
    first = forms[0]
    if len(forms) == 1:
        return first
    slope, centre = (
        np.concatenate([getattr(f, name) for f in forms]) for name in ("slope", "centre")
    )
    if first.tilt is None:
        return replace(first, slope=slope, centre=centre)
    tilt, offset = (
        np.concatenate([f.tilt for f in forms]),
        np.concatenate([f.offset for f in forms]),
    )
    return replace(first, slope=slope, centre=centre, tilt=tilt, offset=offset)


def _one_sided(
    r: Requantization, bias: Integers, reach: Integers, step: Integers, precision: str
) -> StepForm:
    slope = _slope(r)
    q = np.arange(r.low + 1, r.high + 1)[:, None]
    centre = _middle(q - slope * step, slope, (step > -reach) & (step <= reach), r(bias) + 0.5)
    return StepForm(
        slope.astype(precision),
        centre.astype(precision),
        None,
        np.zeros(1, precision),
        r.low,
        r.high,
        r.dtype,
    )


def _two_sided(
    r: Requantization, bias: Integers, reach: Integers, step: Integers, precision: str
) -> StepForm:
    slope, centre = _slope(r), bias * _slope(r)
    q = np.arange(r.low + 1, r.high + 1)[:, None]
    least, inside = q - slope * step - centre, (step > -reach) & (step <= reach)
    half = np.full(len(reach), r.zero_point + 0.5)
    above = _middle(least, slope, inside & (q > r.zero_point), half)
    below = _middle(least, slope, inside & (q <= r.zero_point), half)
    tilt = np.maximum(
        (above - below) / 2, 0
    )  # a negative one would fall where u changes its sign: not monotone
    parts = (slope, centre, tilt, (above + below) / 2)
    slope, centre, tilt, offset = (part.astype(precision) for part in parts)
    return StepForm(slope, centre, tilt, offset, r.low, r.high, r.dtype)


def _slope(r: Requantization) -> Floats:
    return np.asarray(r.multiplier * 2.0 ** (r.shift - 31))


def _middle(least: Values, slope: Values, inside: Values, otherwise: Values) -> Values:
    """The middle, per channel, of the offsets that give floor >= q at each step (`least`) and < q
    one before it.
    """
    highest = np.max(least, axis=0, where=inside, initial=-1e300)
    lowest = np.min(least + slope, axis=0, where=inside, initial=1e300)
    return np.where(highest > -1e300, (highest + lowest) / 2, otherwise)


def _proved(form: StepForm, step: Integers, reach: Integers) -> bool:
    """Whether a monotone form (slope and tilt not negative) is right just below and at every step."""
    if np.any(form.slope < 0) or (form.tilt is not None and np.any(form.tilt < 0)):
        return False
    q = np.arange(form.low + 1, form.high + 1)[:, None]
    at, below = form(step.astype(np.float32)), form((step - 1).astype(np.float32))
    return bool(np.all((at >= q) | (step > reach)) and np.all((below < q) | (step - 1 < -reach)))
