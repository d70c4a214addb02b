"""log(1 + x) as float32, with the roundings of fdlibm's `log1pf` (s_log1pf.c), which newlib and the
GNU C library up to 2.40 have; its last bit decides some weights of the micro-frontend.
"""

from __future__ import annotations

from math import frexp

import numpy as np

_F = np.float32
_LN2_HIGH, _LN2_LOW = _F(6.9313812256e-01), _F(9.0580006145e-06)
_TERMS = tuple(
    map(
        _F,
        (
            6.6666668653e-01,
            4.0000000596e-01,
            2.8571429849e-01,
            2.2222198546e-01,
            1.8183572590e-01,
            1.5313838422e-01,
            1.4798198640e-01,
        ),
    )
)
_SMALL, _ROOT_2 = _F(0.41421387), _F(1.414214)  # 0x3ed413d7, 0x3fb504f7
_ONE, _TWO, _HALF = _F(1), _F(2), _F(0.5)
_TINY = _F(2.0**-20)


def log1p32(x: np.float32) -> np.float32:
    """log(1 + x) of x from 2^-20 to 2^24."""
    k, lost, f = 0, _F(0), x
    if x >= _SMALL:
        u = _ONE + x
        k = frexp(float(u))[1] - 1
        lost = (_ONE - (u - x) if k > 0 else x - (u - _ONE)) / u
        u = u / _F(2.0**k)
        if u >= _ROOT_2:
            k, u = k + 1, u * _HALF
        f = u - _ONE
    high, low = _F(k) * _LN2_HIGH, _F(k) * _LN2_LOW + lost
    half_square = _HALF * f * f
    if k > 0 and abs(f) < _TINY:
        r = half_square * (_ONE - _F(2 / 3) * f)
        return _F(high - ((r - low) - f)) if f != 0 else _F(high + low)
    s = f / (_TWO + f)
    z = s * s
    r = _F(0)
    for term in reversed(_TERMS):
        r = z * (term + r)
    if k == 0:
        return _F(f - (half_square - s * (half_square + r)))
    return _F(high - ((half_square - (s * (half_square + r) + low)) - f))
