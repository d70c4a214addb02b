"""DIV against tflite-runtime, TFLM and the compiled C."""

from collections.abc import Sequence

import numpy as np
import pytest
from ops.broadcasts import FLOATS, broadcast_cases, every_pair
from ops.cases import assert_cases_agree, merge, tflm_outputs
from ops.divisions import divided, ends
from ops.harness import compiled_output, quantized, single_op
from ops.pairs import EVERY, EVERY_PAIR

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute

OPTIONS = "DivOptions"
CASES = broadcast_cases("DIV", ("int32", "float32"), options=OPTIONS)
SCALES = ((64.0, 1.0, 1.0), (4.0, 0.001, 0.5), (3.0, 0.005, 0.03), (0.4, 0.02, 1e-4))


def quotient(
    scales: Sequence[float], zeros: Sequence[int] = (0, 0, 0), activation: str = "NONE"
) -> Model:
    shapes = ((256, 1), (1, 256), (256, 256))
    a, b, y = (quantized(*end) for end in zip("aby", shapes, scales, zeros, strict=True))
    return single_op("DIV", [a, b], y, OPTIONS, fused_activation_function=activation)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_broadcast(compiler: str) -> None:
    """Random int32 divisors are hardly ever 0, at which the oracles stop."""
    assert_cases_agree(CASES, samples=2, compiler=compiler)


@pytest.mark.parametrize("activation", ["NONE", "RELU6"])
def test_ends_of_int32(activation: str) -> None:
    model, inputs = divided("DIV", "int32", *ends(), OPTIONS, fused_activation_function=activation)
    assert_cases_agree({"ends": model}, inputs=inputs, tflm=activation == "NONE")


def test_int32_that_the_oracles_stop_at() -> None:
    a, b = np.int32([-(2**31), 5, -5, 0]), np.int32([-1, 0, 0, 0])
    model, inputs = divided("DIV", "int32", a, b)
    computed = execute(model.main, inputs)[2]
    np.testing.assert_array_equal(computed[0, 0], [-(2**31), 0, 0, 0])
    np.testing.assert_array_equal(computed, compiled_output(model, inputs))


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["NONE", "RELU"])
def test_every_kind_of_float(activation: str) -> None:
    """Without 0 / 0 and infinity / infinity: the processor chooses the sign of that NaN."""
    a, b = (x.ravel() for x in every_pair(FLOATS))
    with np.errstate(all="ignore"):
        sure = ~np.isnan(a / b)
    model, inputs = divided(
        "DIV", "float32", a[sure], b[sure], OPTIONS, fused_activation_function=activation
    )
    assert_cases_agree({"floats": model}, inputs=inputs)


def test_every_pair_of_int8() -> None:
    rng = np.random.default_rng(0)
    cases = {f"{s}": quotient(s, rng.integers(-128, 128, 3).tolist()) for s in SCALES}
    cases["relu"] = quotient(SCALES[0], (3, -7, -100), "RELU")
    model, inputs = merge(cases), list(EVERY_PAIR) * len(cases)
    computed, tflm = execute(model.main, inputs), tflm_outputs(model, inputs)
    for k, (t, case) in enumerate(zip(model.main.outputs, cases.values(), strict=True)):
        divisor = case.main.tensors[1].zero_point != EVERY
        np.testing.assert_array_equal(computed[t][..., divisor], tflm[k][..., divisor])


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled_int8(compiler: str) -> None:
    zeros = ((0, 0, 0), (3, -128, 127), (-128, 127, 5), (127, 1, -128))
    cases = {f"{s} {z}": quotient(s, z) for s in SCALES for z in zeros}
    assert_cases_agree(cases, inputs=EVERY_PAIR, tflite=False, tflm=False, compiler=compiler)


def test_int8_divided_by_zero_is_the_end_of_the_range() -> None:
    computed = execute(quotient(SCALES[0], (0, 0, 5)).main, EVERY_PAIR)[2][0]
    assert computed[[0, 127, 128, 129, 255], 128].tolist() == [-128, -128, 5, 127, 127]


@pytest.mark.parametrize("scales", [(1.0, 1.0, 1.0), (1e5, 1e-3, 1e-3)])
def test_scales_at_which_the_reference_overflows_are_refused(scales: Sequence[float]) -> None:
    with pytest.raises(UnsupportedError, match="the reference overflows unless"):
        bind(quotient(scales).main)
