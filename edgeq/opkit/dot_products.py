"""Exact dot products of quantized rows and constant columns by floating-point matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.node import Values
from edgeq.opkit.requantize import Integers, Requantization, WideRequantization
from edgeq.opkit.step_form import StepForm, step_form


@dataclass(frozen=True)
class Dot:
    """Dot products of int8 or int16 rows with constant columns, requantized; prepared once, exact
    by a stated bound.

    The largest |partial sum| of raw inputs is reach = max|x| * sum|w| per channel, whatever the
    order of summation: below 2**24 float32 holds every partial sum exactly, below 2**53 float64
    does.
    """

    weights: Values  # [taps, channels] in the dtype that the bound allows
    bias: Integers  # [channels], input zero point folded in
    requantization: Requantization | WideRequantization
    form: StepForm | None

    @property
    def compute_dtype(self) -> str:
        return str(self.weights.dtype)

    def __call__(self, rows: Values) -> Values:
        """rows: [n, taps] in `compute_dtype` holding raw quantized inputs -> outputs [n, channels]."""
        return self.finish(rows @ self.weights)

    def finish(self, accumulator: Values) -> Values:
        """Raw sums [..., channels] in `compute_dtype`, overwritten -> outputs."""
        if self.form is not None:
            return self.form(accumulator)
        return self.requantization(accumulator.astype(np.int64) + self.bias)


def prepare_dot(
    weights: Values,
    bias: Values | None,
    input_zero_point: int,
    input_magnitude: int,
    requantization: Requantization | WideRequantization,
) -> Dot:
    """weights: integers [taps, channels]; bias: int32 or int64 [channels]; input_magnitude: largest
    |x| of the type.

    Raises ValueError where no floating type can hold the sums exactly.
    """
    wide = weights.astype(np.int64)
    folded = -input_zero_point * wide.sum(axis=0) + (0 if bias is None else bias.astype(np.int64))
    reach = input_magnitude * np.abs(wide).sum(axis=0)
    if np.any(reach >= 2**53):
        raise ValueError("partial sums of 2**53 or more cannot be computed exactly in float64")
    single = bool(np.all(reach < 2**24))
    form = None
    if single and isinstance(requantization, Requantization) and requantization.dtype == "int8":
        form = step_form(requantization, folded, reach)
    return Dot(weights.astype("float32" if single else "float64"), folded, requantization, form)
