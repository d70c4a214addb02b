"""Inverse trigonometric and hyperbolic functions and the error function, which TFLite has no form of, by
polynomials of Abramowitz and Stegun, Handbook of Mathematical Functions (1964).

Each function takes TensorFlow's module, the operation and tensors in place of its inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import Any

ARC_TANGENT = (
    1.0,
    -0.3333314528,
    0.1999355085,
    -0.1420889944,
    0.1065626393,
    -0.0752896400,
    0.0429096138,
    -0.0161657367,
    0.0028662257,
)
"""Formula 4.4.49: atan(z) / z by powers of z^2, from 0 to 1, within 2e-8."""
ERROR = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
STEEPNESS = 0.3275911
"""Formula 7.1.26: erf(x), from 0 on, within 1.5e-7."""
TINIEST = 1e-30  # in place of a divisor 0


def _polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    """The sum of coefficients[k] * x^k."""
    y = coefficients[-1]
    for c in coefficients[-2::-1]:
        y = y * x + c
    return y


def _with_sign(tf: Any, x: Any, magnitude: Any) -> Any:
    """The magnitude with the sign of x."""
    return tf.where(x < 0, -magnitude, magnitude)


def error_function(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """erf(x), an odd function."""
    (x,) = inputs
    size = tf.abs(x)
    t = 1.0 / (STEEPNESS * size + 1.0)
    return _with_sign(tf, x, 1.0 - _polynomial(t, ERROR) * t * tf.exp(-size * size))


def complement_of_error(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """1 - erf(x)."""
    return 1.0 - error_function(tf, operation, inputs)


def angle(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """atan2(y, x), from -pi to pi; 0 where both are 0."""
    y, x = inputs
    high, wide = tf.abs(y), tf.abs(x)
    z = tf.minimum(high, wide) / tf.maximum(tf.maximum(high, wide), TINIEST)
    octant = z * _polynomial(z * z, ARC_TANGENT)
    quarter = tf.where(high > wide, pi / 2 - octant, octant)
    return _with_sign(tf, y, tf.where(x < 0, pi - quarter, quarter))


def arc_tangent(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """atan(x), which is pi/2 - atan(1/x) above 1."""
    (x,) = inputs
    size = tf.abs(x)
    z = tf.minimum(size, 1.0) / tf.maximum(size, 1.0)
    octant = z * _polynomial(z * z, ARC_TANGENT)
    return _with_sign(tf, x, tf.where(size > 1.0, pi / 2 - octant, octant))


def arc_sine(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """asin(x), the angle whose sine is x and whose cosine is not negative."""
    (x,) = inputs
    return angle(tf, operation, (x, tf.sqrt(tf.maximum(1.0 - x * x, 0.0))))


def arc_cosine(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """acos(x), the angle to a right one of asin(x)."""
    return pi / 2 - arc_sine(tf, operation, inputs)


def area_sine(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """asinh(x), an odd function."""
    (x,) = inputs
    size = tf.abs(x)
    return _with_sign(tf, x, tf.math.log(size + tf.sqrt(size * size + 1.0)))


def area_cosine(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """acosh(x) from 1 on; 0 below, where it has no value."""
    x = tf.maximum(inputs[0], 1.0)
    return tf.math.log(x + tf.sqrt(x * x - 1.0))


def area_tangent(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """atanh(x) between -1 and 1."""
    (x,) = inputs
    return 0.5 * tf.math.log((1.0 + x) / (1.0 - x))
