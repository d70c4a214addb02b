"""POW on every kind of float against tflite-runtime and the compiled C; TFLM has none."""

import numpy as np
import pytest
from ops.broadcasts import broadcast_cases, every_pair, tensor
from ops.cases import assert_cases_agree
from ops.divisions import divided
from ops.harness import constant, single_op

from edgeq.graph import Model
from edgeq.opkit.node import Values

KIND = "POW"
EXPONENTS = (1, 2, 3, 7, 1000, 0, -1, -2, 0.5, 1.5, 2.000009, 2.00002, 1e10, np.inf, np.nan)
CORNERS = [0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 7.5, 1e-42, -1e-42, 1e38, 16777215, 2e9]
CASES = broadcast_cases(KIND, ("float32",))


def floats() -> list[Values]:
    """float32 bases and exponents [pairs]: of usual size, of all sizes, and every pair of corners."""
    rng = np.random.default_rng(0)
    sizes = rng.normal(0, 1, (2, 4000)) * 10.0 ** rng.uniform(-4, 4, (2, 4000))
    usual = np.abs(rng.normal(0, 3, 4000)), rng.normal(0, 3, 4000)
    whole = rng.normal(0, 3, 4000), rng.integers(-9, 9, 4000)
    ends = every_pair(np.array([*CORNERS, np.inf, -np.inf, np.nan]))
    pairs = zip(sizes, usual, whole, (end.ravel() for end in ends), strict=True)
    return [np.concatenate(parts).astype(np.float32) for parts in pairs]


def powers_of(exponent: float) -> Model:
    b = constant("b", np.float32([exponent]))
    return single_op(KIND, [tensor("a", (1, 64), "float32"), b], tensor("y", (1, 64), "float32"))


SCALARS = {str(exponent): powers_of(exponent) for exponent in EXPONENTS}


def bases() -> list[Values]:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, (40, 1, 64)) * 10.0 ** rng.uniform(-5, 20, (40, 1, 64))
    x[0, 0, : len(CORNERS)] = CORNERS
    return [x.astype(np.float32)]


def test_floats_of_every_size() -> None:
    model, inputs = divided(KIND, "float32", *floats())
    assert_cases_agree({"floats": model}, inputs=inputs, tflm=False, compiled=False)


def test_one_exponent_is_multiplied_where_it_is_whole() -> None:
    assert_cases_agree(SCALARS, inputs=bases(), tflm=False, compiled=False)


@pytest.mark.slow
def test_every_broadcast() -> None:
    assert_cases_agree(CASES, samples=2, tflm=False, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    apart = {"tflite": False, "tflm": False}
    assert_cases_agree(CASES, samples=2, compiler=compiler, **apart)
    assert_cases_agree(SCALARS, inputs=bases(), compiler=compiler, **apart)
    model, inputs = divided(KIND, "float32", *floats())
    assert_cases_agree({"floats": model}, inputs=inputs, compiler=compiler, **apart)
