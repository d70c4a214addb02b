"""LOGICAL_OR against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.broadcasts import broadcast_cases, pair, tensor
from ops.cases import assert_cases_agree

from edgeq.simulate.execute import execute

CASES = broadcast_cases("LOGICAL_OR", ("bool",))


def test_every_broadcast() -> None:
    assert_cases_agree(CASES, samples=2, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler)


def test_the_four_pairs() -> None:
    a, b = (tensor(name, (4,), "bool") for name in "ab")
    pairs = np.array([[False, False, True, True]]), np.array([[False, True, False, True]])
    computed = execute(pair("LOGICAL_OR", a, b, "bool").main, pairs)[2]
    np.testing.assert_array_equal(computed, [[False, True, True, True]])
