"""expf against float64, and against what the C library of the reference gives."""

import numpy as np

from edgeq.opkit.exp32 import exp32


def test_results_are_within_one_unit_of_the_last_place() -> None:
    x = np.linspace(-104, 89, 200_001).astype(np.float32)
    with np.errstate(over="ignore"):
        np.testing.assert_array_max_ulp(
            exp32(x), np.exp(x.astype(np.float64)).astype(np.float32), maxulp=1
        )


def test_bits_are_those_of_the_c_library() -> None:
    """glibc 2.36, among them arguments whose result is not the nearest float."""
    known = {
        1.0: 0x402DF854,
        -1.0: 0x3EBC5AB2,
        0.5: 0x3FD3094C,
        -9.0: 0x39016791,
        10.0: 0x46AC14EE,
        88.0: 0x7EF882B7,
        -100.0: 0x0000001B,
        -87.5: 0x006CB2BC,
        -4.5002823: 0x3C35F55C,
        0.6013702: 0x3FE98D0F,
        1.3589501: 0x40791840,
    }
    y = exp32(np.array(list(known), np.float32))
    assert [hex(b) for b in y.view(np.uint32)] == [hex(b) for b in known.values()]


def test_limits() -> None:
    x = np.array([-np.inf, -200, -103.97208, 0, 88.72283, 88.72284, np.inf, np.nan], np.float32)
    expected = np.array([0, 0, 1.4e-45, 1, 3.402798e38, np.inf, np.inf, np.nan], np.float32)
    np.testing.assert_allclose(exp32(x), expected, rtol=1e-6)
