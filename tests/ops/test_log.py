"""LOG on every kind of float against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from opkit.test_float_unary import every_kind, unary
from ops.cases import assert_cases_agree

from edgeq.opkit.node import Values

CASES = {"floats": unary("LOG")}


def inputs() -> Values:
    """float32 [n, 1, 16]: every kind of float, and many near 1, where results are small."""
    near = 1 + np.random.default_rng(0).normal(0, 0.2, (512, 1, 16))
    return np.concatenate([every_kind(), near.astype(np.float32)])


def test_every_kind_of_float() -> None:
    assert_cases_agree(CASES, inputs=[inputs()], compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, inputs=[inputs()], compiler=compiler)
