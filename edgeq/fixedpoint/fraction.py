"""Complex numbers as pairs of fractions of 15 or 31 bits, as TFLM's Fourier transforms have them
(kissfft, `_kiss_fft_guts.h` with FIXED_POINT 16 and 32).

Values are int64 arrays with real and imaginary parts along their last axis; results wrap to the
width of a fraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Complex = npt.NDArray[Any]


@dataclass(frozen=True)
class Fractions:
    """Arithmetic on fractions of so many bits beside the sign: 15 or 31."""

    bits: int

    @property
    def most(self) -> int:
        return (1 << self.bits) - 1

    def wrapped(self, x: npt.ArrayLike) -> Complex:
        """Modulo 2^(bits + 1), with a sign."""
        unit = 1 << self.bits
        return np.asarray(((np.asarray(x, np.int64) + unit) & (2 * unit - 1)) - unit)

    def rounded(self, product: Complex) -> Complex:
        """A product of fractions as a fraction, to nearest, ties up."""
        return self.wrapped((product + (1 << (self.bits - 1))) >> self.bits)

    def scaled(self, x: Complex, factor: Complex | int) -> Complex:
        """Fractions times a fraction."""
        return self.rounded(x * factor)

    def divided(self, x: Complex, by: int) -> Complex:
        """x / by, where 1 / by is a fraction rounded down."""
        return self.scaled(x, self.most // by)

    def product(self, a: Complex, b: Complex) -> Complex:
        """The complex product, rounded once: |a| may have all bits, parts of b are -most to most."""
        real = a[..., 0] * b[..., 0] - a[..., 1] * b[..., 1]
        imaginary = a[..., 0] * b[..., 1] + a[..., 1] * b[..., 0]
        return self.rounded(np.stack([real, imaginary], axis=-1))

    def total(self, *terms: Complex) -> Complex:
        return self.wrapped(sum(terms))

    def half(self, x: Complex) -> Complex:
        """A sum of two fractions, which is kept in 32 bits, divided by 2 and rounded down."""
        return np.asarray(Fractions(31).wrapped(x) >> 1)

    def constants(self, values: Sequence[tuple[float, float]]) -> Complex:
        """Real and imaginary parts from -1 to 1 as fractions, to nearest, ties up."""
        return np.asarray(np.floor(0.5 + self.most * np.array(values)), np.int64).reshape(-1, 2)
