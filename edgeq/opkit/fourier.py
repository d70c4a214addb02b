"""Fourier transforms of complex numbers by factors of 4, 2, 3 and 5, with the roundings of kissfft,
which TFLM computes them with.

A transform of n = p * m elements takes those of p interleaved parts of m, and combines them. Parts of
one element are the input itself. The arithmetic is that of `edgeq/fixedpoint/fraction.py`, or of
float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint.fraction import Fractions

Complex = npt.NDArray[Any]
"""[..., 2]: real and imaginary parts along the last axis."""


class Arithmetic(Protocol):
    """What a transform computes with."""

    def divided(self, x: Complex, by: int) -> Complex: ...
    def scaled(self, x: Complex, factor: Any) -> Complex: ...
    def product(self, a: Complex, b: Complex) -> Complex: ...
    def total(self, *terms: Complex) -> Complex: ...
    def half(self, x: Complex) -> Complex: ...
    def constants(self, values: Sequence[tuple[float, float]]) -> Complex: ...


@dataclass(frozen=True)
class Reals:
    """float32, each operation rounded; nothing is scaled down on the way."""

    def divided(self, x: Complex, by: int) -> Complex:
        return x

    def scaled(self, x: Complex, factor: Any) -> Complex:
        return np.asarray(x * factor)

    def product(self, a: Complex, b: Complex) -> Complex:
        real = a[..., 0] * b[..., 0] - a[..., 1] * b[..., 1]
        imaginary = a[..., 0] * b[..., 1] + a[..., 1] * b[..., 0]
        return np.stack([real, imaginary], axis=-1)

    def total(self, *terms: Complex) -> Complex:
        result = terms[0]
        for term in terms[1:]:
            result = result + term
        return result

    def half(self, x: Complex) -> Complex:
        return np.asarray(x * np.float32(0.5))

    def constants(self, values: Sequence[tuple[float, float]]) -> Complex:
        return np.array(values, np.float32).reshape(-1, 2)


ARITHMETIC: dict[str, Arithmetic] = {
    "int16": Fractions(15),
    "int32": Fractions(31),
    "float32": Reals(),
}


@dataclass(frozen=True)
class Transform:
    """A transform of `size` elements. factors: of the whole, of its parts, of their parts; roots:
    exp(-2 pi i k / size), or with + where it is inverse, for each k.
    """

    arithmetic: Arithmetic
    factors: tuple[int, ...]
    roots: Complex
    inverse: bool

    def of(self, x: Complex) -> Complex:
        """x [..., size, 2] -> its transform, of the same shape."""
        return self._of(x, 0, 1)

    def _of(self, x: Complex, level: int, step: int) -> Complex:
        if level == len(self.factors):
            return x
        p = self.factors[level]
        parts = [self._of(x[..., q::p, :], level + 1, step * p) for q in range(p)]
        return self._combined(parts, step)

    def _combined(self, parts: Sequence[Complex], step: int) -> Complex:
        a, p, m = self.arithmetic, len(parts), parts[0].shape[-2]
        scaled = [a.divided(part, p) for part in parts]
        k = np.arange(m)
        turned = [scaled[0]] + [a.product(scaled[q], self.roots[q * k * step]) for q in range(1, p)]
        outputs = _BUTTERFLIES[p](self, turned, m * step)
        return np.concatenate(outputs, axis=-2)


def _by_i(x: Complex) -> Complex:
    """x divided by i: (imaginary part, -real part)."""
    return np.stack([x[..., 1], -x[..., 0]], axis=-1)


def _two(t: Transform, x: Sequence[Complex], _: int) -> list[Complex]:
    total = t.arithmetic.total
    return [total(x[0], x[1]), total(x[0], -x[1])]


def _three(t: Transform, x: Sequence[Complex], third: int) -> list[Complex]:
    a = t.arithmetic
    both, apart = a.total(x[1], x[2]), a.total(x[1], -x[2])
    middle = a.total(x[0], -a.half(both))
    side = a.scaled(apart, t.roots[third, 1])
    return [a.total(x[0], both), a.total(middle, -_by_i(side)), a.total(middle, _by_i(side))]


def _four(t: Transform, x: Sequence[Complex], _: int) -> list[Complex]:
    total = t.arithmetic.total
    even, odd = total(x[0], x[2]), total(x[0], -x[2])
    both, apart = total(x[1], x[3]), total(x[1], -x[3])
    side = -_by_i(apart) if t.inverse else _by_i(apart)
    return [total(even, both), total(odd, side), total(even, -both), total(odd, -side)]


def _five(t: Transform, x: Sequence[Complex], fifth: int) -> list[Complex]:
    a, ya, yb = t.arithmetic, t.roots[fifth], t.roots[2 * fifth]
    near, far = a.total(x[1], x[4]), a.total(x[2], x[3])
    near_apart, far_apart = a.total(x[1], -x[4]), a.total(x[2], -x[3])
    middle = a.total(x[0], a.scaled(near, ya[0]), a.scaled(far, yb[0]))
    wide = a.total(x[0], a.scaled(near, yb[0]), a.scaled(far, ya[0]))
    side = a.total(_by_i(a.scaled(near_apart, ya[1])), _by_i(a.scaled(far_apart, yb[1])))
    other = a.total(-_by_i(a.scaled(near_apart, yb[1])), _by_i(a.scaled(far_apart, ya[1])))
    return [
        a.total(x[0], a.total(near, far)),
        a.total(middle, -side),
        a.total(wide, other),
        a.total(wide, -other),
        a.total(middle, side),
    ]


def transform(arithmetic: Arithmetic, size: int, inverse: bool) -> Transform | None:
    """The transform of `size` elements, which scales by 1 / size in fractions; None where the size
    has other factors than 2, 3 and 5, or is 1.
    """
    factors, rest = list[int](), size
    for p in (4, 2, 3, 5):
        while rest % p == 0 and rest > 1:
            factors.append(p)
            rest //= p
    if rest > 1 or size < 2:
        return None
    roots = unit_roots(arithmetic, [-2 * pi * k / size for k in range(size)], inverse)
    return Transform(arithmetic, tuple(factors), roots, inverse)


def unit_roots(arithmetic: Arithmetic, angles: Sequence[float], inverse: bool) -> Complex:
    """exp(i * angle) for each angle, of the negated ones where `inverse`: [angles, 2]."""
    signed = [-angle if inverse else angle for angle in angles]
    return arithmetic.constants([(cos(angle), sin(angle)) for angle in signed])


_BUTTERFLIES = {2: _two, 3: _three, 4: _four, 5: _five}
