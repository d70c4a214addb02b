"""ROUND on every kind of float against TFLM and the compiled C; tflite-runtime's reference kernels
lack it.
"""

import numpy as np
import pytest
from opkit.test_float_unary import every_kind, unary
from ops.cases import assert_cases_agree

from edgeq.opkit.node import Values

CASES = {"floats": unary("ROUND")}


def halves() -> Values:
    """float32 [n, 1, 16]: every half from -64 to 64, and its neighbours."""
    x = np.arange(-128, 128).astype(np.float32) / 2
    near = [np.nextafter(x, np.float32(way)) for way in (np.inf, -np.inf)]
    return np.concatenate([x, *near]).reshape(-1, 1, 16)


def test_every_kind_of_float() -> None:
    every = np.concatenate([every_kind(), halves()])
    assert_cases_agree(CASES, inputs=[every], tflite=False, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    every = np.concatenate([every_kind(), halves()])
    assert_cases_agree(CASES, inputs=[every], tflite=False, compiler=compiler)
