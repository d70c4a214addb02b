"""CAST of every type to every other, against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.broadcasts import FLOATS
from ops.cases import assert_cases_agree, compiled_outputs, merge
from ops.harness import assert_all_agree, single_op

from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values
from edgeq.opkit.strided import DATA
from edgeq.simulate.execute import execute

SHAPE = (3, 7)
OF_TFLM = ("int8", "int16", "int32", "uint32", "float32")  # and bool as input
EVERY = (*DATA, "uint32")
OF_TFLITE = ("int64", "uint8", "bool", *OF_TFLM)


def cast(x: str, y: str, shape: tuple[int, ...] = SHAPE) -> Model:
    return single_op("CAST", [Tensor("x", shape, x)], Tensor("y", shape, y), "CastOptions")


CASES = {f"{x} {y}": cast(x, y) for x in EVERY for y in EVERY}


def test_the_bytes_of_tflm() -> None:
    cases = {f"{x} {y}": cast(x, y) for x in (*OF_TFLM, "bool") for y in OF_TFLM}
    assert_cases_agree(cases, tflite=False, compiled=False)
    x = np.random.default_rng(0).uniform(-129, 128, (4, 3, 7)).astype(np.float32)
    reals = {y: cast("float32", y) for y in OF_TFLM if y != "uint32"}
    assert_cases_agree(reals, inputs=[x], compiled=False)
    assert_cases_agree({"uint32": cast("float32", "uint32")}, inputs=[np.abs(x)], compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, tflite=False, tflm=False, compiler=compiler)


@pytest.mark.slow
@pytest.mark.parametrize("y", OF_TFLITE)
def test_the_bytes_of_tflite(y: str) -> None:
    cases = {f"{x} {y}": cast(x, y) for x in OF_TFLITE}
    assert_cases_agree(cases, tflm=False, compiled=False)


def beyond() -> Values:
    """float32 [1, n]: what no integer type holds, and what only some do."""
    edges = [s * 2.0**k + d for k in (7, 8, 15, 31, 63) for s in (1, -1) for d in (0, -1, 1, 0.5)]
    values = np.concatenate([FLOATS, np.array(edges, np.float32)])
    near = [np.nextafter(values, np.float32(way)) for way in (np.inf, -np.inf)]
    return np.concatenate([values, *near])[None]


def test_the_nearest_integer_where_a_float_is_beyond() -> None:
    x = beyond()
    computed = execute(cast("float32", "int8", x.shape[1:]).main, [x])[1]
    expected = np.trunc(np.clip(np.nan_to_num(x, nan=np.inf), -128, 127))
    np.testing.assert_array_equal(computed, expected)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled_floats_beyond(compiler: str) -> None:
    x = beyond()
    cases = {y: cast("float32", y, x.shape[1:]) for y in EVERY if y != "float32"}
    assert_cases_agree(cases, inputs=[x], tflite=False, tflm=False, compiler=compiler)


@pytest.mark.slow
def test_integers_that_float32_rounds() -> None:
    rng = np.random.default_rng(0)
    for dtype in ("int32", "uint32", "int64"):
        limits, model = np.iinfo(dtype), merge({"x": cast(dtype, "float32", (4096,))})
        x = rng.integers(limits.min, limits.max, (2, 4096), dtype, endpoint=True)
        x[0] >>= rng.integers(0, limits.bits - 1, 4096).astype(dtype)
        computed = execute(model.main, [x])[1]
        np.testing.assert_array_equal(computed, compiled_outputs(model, [x])[0])


@pytest.mark.slow
@pytest.mark.parametrize(("x", "y"), [("uint32", "int32"), ("int32", "uint32")])
def test_a_sign_of_32_bits_comes_and_goes(x: str, y: str) -> None:
    """Between the operators of an audio front end; tflite-runtime agrees as well."""
    ends = Tensor("x", (1, 9), x), Tensor("y", (1, 9), y)
    assert_all_agree(single_op("CAST", [ends[0]], ends[1], "CastOptions"))
