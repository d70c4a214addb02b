"""Angles for the tests of SIN and COS."""

import numpy as np
from opkit.test_float_unary import every_kind
from ops.cases import assert_cases_agree
from ops.harness import tflm_output

from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute


def inputs() -> Values:
    """float32 [n, 1, 16]: every kind of float, and angles up to 100,000 turns."""
    rng = np.random.default_rng(0)
    angles = rng.normal(0, 1, (256, 1, 16)) * 10.0 ** rng.uniform(0, 5, (256, 1, 16))
    return np.concatenate([every_kind(), angles.astype(np.float32)])


def quarters() -> Values:
    """float32 [5000, 1, 16]: the floats nearest to multiples of a quarter turn."""
    return (np.arange(-40000, 40000) * (np.pi / 2)).astype(np.float32).reshape(-1, 1, 16)


def assert_quarter_turns_agree(model: Model) -> None:
    """The compiled C gives the simulator's bytes there, TFLM a float that is at most the next one:
    near zero the last place depends on whether the C library fuses products and sums.
    """
    assert_cases_agree({"floats": model}, inputs=[quarters()], tflite=False, tflm=False)
    y = execute(model.main, [quarters()])[model.main.outputs[0]]
    np.testing.assert_array_max_ulp(y, tflm_output(model, [quarters()]), maxulp=1)
