"""tanhf against float64, and against what the C library of the reference gives."""

import numpy as np

from edgeq.opkit.tanh32 import tanh32


def test_results_are_within_two_units_of_the_last_place() -> None:
    x = np.concatenate([np.linspace(-23, 23, 200_001), 10.0 ** np.linspace(-44, 1, 1000)]).astype(
        np.float32
    )
    np.testing.assert_array_max_ulp(
        tanh32(x), np.tanh(x.astype(np.float64)).astype(np.float32), maxulp=2
    )


def test_bits_are_those_of_the_c_library() -> None:
    """glibc 2.36, among them one argument (0.3) whose result is not the nearest float."""
    known = {
        0.1: 0x3DCC1EBC,
        0.3: 0x3E9526ED,
        0.5: 0x3EEC9A9F,
        1.0: 0x3F42F7D6,
        -1.5: 0xBF67B7CC,
        2.0: 0x3F76CA83,
        -3.0: 0xBF7EBBE9,
        5.0: 0x3F7FFA0D,
        9.0: 0x3F7FFFFF,
    }
    y = tanh32(np.array(list(known), np.float32))
    assert [hex(b) for b in y.view(np.uint32)] == [hex(b) for b in known.values()]


def test_limits() -> None:
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 22, -22, 1e-45], np.float32)
    y = tanh32(x)
    np.testing.assert_array_equal(y, np.array([0, 0, 1, -1, np.nan, 1, -1, 1e-45], np.float32))
    assert np.signbit(y[1])
