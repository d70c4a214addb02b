"""SIN on every kind of float against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from opkit.test_float_unary import every_kind, unary
from ops.cases import assert_cases_agree
from ops.harness import tflm_output

from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute

CASES = {"floats": unary("SIN")}


def inputs() -> Values:
    """float32 [n, 1, 16]: every kind of float, and angles up to 100,000 turns."""
    rng = np.random.default_rng(0)
    angles = rng.normal(0, 1, (256, 1, 16)) * 10.0 ** rng.uniform(0, 5, (256, 1, 16))
    return np.concatenate([every_kind(), angles.astype(np.float32)])


def quarters() -> Values:
    """float32 [5000, 1, 16]: the floats nearest to multiples of a quarter turn."""
    return (np.arange(-40000, 40000) * (np.pi / 2)).astype(np.float32).reshape(-1, 1, 16)


def test_every_kind_of_float() -> None:
    assert_cases_agree(CASES, inputs=[inputs()], compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, inputs=[inputs()], compiler=compiler)


@pytest.mark.slow
def test_quarter_turns_are_as_near_as_a_library_that_fuses() -> None:
    """Near zero the last place depends on whether the C library fuses products and sums."""
    model = CASES["floats"]
    assert_cases_agree(CASES, inputs=[quarters()], tflite=False, tflm=False)
    y = execute(model.main, [quarters()])[model.main.outputs[0]]
    np.testing.assert_array_max_ulp(y, tflm_output(model, [quarters()]), maxulp=1)
