"""Fourier transforms of real numbers, and back: of n samples by a complex transform of n / 2 elements
(kiss_fftr.c), and the two operators of TFLM that have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from edgeq.opkit.custom_options import whole
from edgeq.opkit.fourier import ARITHMETIC, Arithmetic, Complex, Transform, transform, unit_roots
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, Values, unsupported
from edgeq.opkit.suffix import SUFFIX

MOST = 1 << 15  # samples
TYPES = {(dtype,): (dtype,) for dtype in ARITHMETIC}
_DTYPES = {"FLOAT32": 0, "INT32": 2, "INT16": 7}  # TensorType of the schema


@dataclass(frozen=True)
class RealTransform:
    """halves: of n / 2 elements. twiddles: what joins both ends of the spectrum [n / 4, 2]."""

    halves: Transform
    twiddles: Complex


def real_transform(node: Node, inverse: bool) -> RealTransform:
    """The transform of the node's `fft_length`. Raises UnsupportedError for lengths that TFLM cannot
    transform, and for a type T that is not the input's.
    """
    length, dtype = whole(node, "fft_length", 4, MOST), node.input(0).dtype
    if _DTYPES[dtype.upper()] != node.attributes.T:
        raise unsupported(node, f"its option T is {node.attributes.T}, its input {dtype}")
    t = real_transform_of(dtype, length, inverse)
    if t is None:
        why = f"its length {length} is not twice a product of 2, 3 and 5"
        raise unsupported(node, why, "take a power of two")
    return t


def real_transform_of(dtype: str, length: int, inverse: bool = False) -> RealTransform | None:
    """The transform of `length` numbers of a type; None where the length is not twice a product of 2,
    3 and 5.
    """
    arithmetic = ARITHMETIC[dtype]
    halves = transform(arithmetic, length // 2, inverse) if length % 2 == 0 else None
    if halves is None:
        return None
    half = length // 2
    angles = [-pi * ((k + 1) / half + 0.5) for k in range(half // 2)]
    return RealTransform(halves, unit_roots(arithmetic, angles, inverse))


def spectrum_of(t: RealTransform, x: Values) -> Complex:
    """x [..., n] -> its spectrum [..., n / 2 + 1, 2]."""
    a = t.halves.arithmetic
    x = t.halves.of(x.reshape(*x.shape[:-1], -1, 2))
    n = x.shape[-2]
    first = a.divided(x[..., 0, :], 2)
    ends = np.stack(
        [a.total(first[..., 0], first[..., 1]), a.total(first[..., 0], -first[..., 1])], axis=-1
    )
    k = np.arange(1, n // 2 + 1)
    near, far = a.divided(x[..., k, :], 2), a.divided(_conjugate(a, x[..., n - k, :]), 2)
    even = a.total(near, far)
    odd = a.product(a.total(near, -far), t.twiddles)
    y = np.zeros((*x.shape[:-2], n + 1, 2), x.dtype)
    y[..., [0, n], 0] = ends
    y[..., k, :] = a.half(even + odd)
    y[..., n - k, 0] = a.half(even[..., 0] - odd[..., 0])
    y[..., n - k, 1] = a.half(odd[..., 1] - even[..., 1])
    return y


def samples_of(t: RealTransform, y: Complex) -> Values:
    """A spectrum [..., n / 2 + 1, 2] -> the samples [..., n]."""
    a, n = t.halves.arithmetic, y.shape[-2] - 1
    first, last = y[..., 0, 0], y[..., n, 0]
    ends = np.stack([a.total(first, last), a.total(first, -last)], axis=-1)
    k = np.arange(1, n // 2 + 1)
    near, far = a.divided(y[..., k, :], 2), a.divided(_conjugate(a, y[..., n - k, :]), 2)
    even = a.total(near, far)
    odd = a.product(a.total(near, -far), t.twiddles)
    x = np.zeros((*y.shape[:-2], n, 2), y.dtype)
    x[..., 0, :] = a.divided(ends, 2)
    x[..., k, :] = a.total(even, odd)
    x[..., n - k, :] = _conjugate(a, a.total(even, -odd))
    return t.halves.of(x).reshape(*y.shape[:-2], 2 * n)


def _conjugate(a: Arithmetic, x: Complex) -> Complex:
    return np.stack([x[..., 0], a.total(-x[..., 1])], axis=-1)


def fourier_call(node: Node, t: RealTransform, name: str, rows: int, samples: int) -> KernelCall:
    """`edgeq_<name>_s16`, `_s32` or `_f32`. samples: of each row of the node's input."""
    dtype = node.input(0).dtype
    factors = t.halves.factors
    constants = [numbers.astype(dtype).reshape(-1) for numbers in (t.halves.roots, t.twiddles)]
    parameters: dict[str, Parameter | None] = {
        "rows": rows,
        "samples": samples,
        "size": len(t.halves.roots),
        "levels": len(factors),
        "factors": np.array(factors, np.uint8),
        "roots": constants[0],
        "twiddles": constants[1],
    }
    return KernelCall(f"edgeq_{name}_{SUFFIX[dtype]}", parameters, source=name)
