"""GELU on every int8 input against tflite-runtime, real numbers and the compiled C; TFLM has none."""

from math import erf, sqrt

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output
from ops.unary import EVERY_INT8, simulated, unary

from edgeq.graph import Model

ENDS = [((0.04, 3), (0.03, -120)), ((0.001, -128), (0.001, 0)), ((0.2, 127), (0.2, 90))]


def gelu(x: tuple[float, int], y: tuple[float, int], approximate: bool = False) -> Model:
    return unary("GELU", x, y, options_type="GeluOptions", version=2, approximate=approximate)


CASES = {"exact": gelu(*ENDS[0]), "approximate": gelu(*ENDS[0], approximate=True)}


def scales() -> dict[str, Model]:
    rng, models = np.random.default_rng(0), {}
    for k in range(40):
        x, y = np.exp(rng.uniform(-6, 0, 2))
        zeros = rng.integers(-128, 128, 2).tolist()
        models[str(k)] = gelu((float(x), zeros[0]), (float(y), zeros[1]), k % 2 == 1)
    return models


def test_every_input_gives_the_bytes_of_tflite() -> None:
    models = {f"{x} {y} {a}": gelu(x, y, a) for x, y in ENDS for a in (False, True)}
    inputs = [EVERY_INT8]
    assert_cases_agree(models | scales(), inputs=inputs, tflm=False, compiled=False)


def test_values_are_those_of_real_numbers() -> None:
    (scale, zero), y = ENDS[0]
    real = (EVERY_INT8.ravel() - float(zero)) * scale
    expected = [0.5 * v * (1 + erf(v / sqrt(2))) / y[0] + y[1] for v in real]
    near = np.clip(expected, -128, 127) - simulated(CASES["exact"], EVERY_INT8).ravel()
    assert np.abs(near).max() <= 0.51


@pytest.mark.slow
def test_compiled() -> None:
    for model in CASES.values():
        expected = simulated(model, EVERY_INT8)
        np.testing.assert_array_equal(compiled_output(model, [EVERY_INT8]), expected)
