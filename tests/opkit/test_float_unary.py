"""Element-wise float operators on every kind of float, against tflite-runtime, TFLM and the
compiled C.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from ops.cases import assert_cases_agree
from ops.harness import constant, reference_output, single_op, tflm_output

from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute

Oracle = Callable[[Model, Sequence[Values]], Values]
Floats = npt.NDArray[np.float32]


def every_kind() -> Floats:
    """float32 [256, 1, 16]: usual values, all magnitudes, both zeros, infinities and the corners of
    the operators.
    """
    rng = np.random.default_rng(0)
    corners = [
        0.0,
        -0.0,
        1,
        -1,
        3,
        -3,
        6,
        -9,
        16.619047,
        22,
        -22,
        44,
        88.72283,
        -103.97208,
        np.inf,
        -np.inf,
    ]
    some = [rng.normal(0, s, 1016) for s in (1, 10, 100)] + [
        rng.normal(0, 1, 1016) * 10.0 ** rng.uniform(-44, 38, 1016)
    ]
    every = np.concatenate([*some, corners, np.nextafter(np.float32(corners), np.float32(0))])
    return every.astype(np.float32).reshape(256, 1, 16)


def unary(kind: str, shape: tuple[int, ...] = (1, 16), **attributes: object) -> Model:
    options = (
        "LeakyReluOptions"
        if kind == "LEAKY_RELU"
        else "SoftmaxOptions"
        if kind == "SOFTMAX"
        else ""
    )
    x, y = Tensor("x", shape, "float32"), Tensor("y", shape, "float32")
    return single_op(kind, [x], y, options, **attributes)


def prelu() -> Model:
    alpha = constant("alpha", np.linspace(-1, 2, 16).astype(np.float32))
    return single_op(
        "PRELU", [Tensor("x", (1, 16), "float32"), alpha], Tensor("y", (1, 16), "float32")
    )


CASES = {
    "relu": unary("RELU"),
    "leaky relu": unary("LEAKY_RELU", alpha=0.25),
    "leaky relu of a slope above 1": unary("LEAKY_RELU", alpha=-1.5),
    "prelu": prelu(),
    "logistic": unary("LOGISTIC"),
}
HERE_ONLY = {  # TFLM has no such float operator
    "relu n1 to 1": unary("RELU_N1_TO_1"),
    "relu 0 to 1": unary("RELU_0_TO_1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_float_gives_the_bytes_of_both_references(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler, inputs=[every_kind()])
    assert_cases_agree(HERE_ONLY, compiler=compiler, inputs=[every_kind()], tflm=False)


def test_abs_makes_negative_zero_positive() -> None:
    assert_cases_agree({"abs": unary("ABS")}, inputs=[every_kind()], tflm=False)


def test_relu6_keeps_negative_zero_and_nan_as_tflm_does() -> None:
    """tflite-runtime makes 0 of both."""
    model, x = unary("RELU6"), every_kind()
    x[0, 0, :2] = np.nan, -0.0
    assert_cases_agree({"relu6": model}, inputs=[x], tflite=False)
    y = execute(model.main, [x])[model.main.outputs[0]][0, 0, :2]
    assert np.isnan(y[0])
    assert np.signbit(y[1])


def test_hard_swish_of_finite_floats() -> None:
    """-inf gives NaN, whose sign the processor chooses."""
    finite = np.where(np.isfinite(every_kind()), every_kind(), np.float32(1))
    assert_cases_agree({"hard swish": unary("HARD_SWISH")}, inputs=[finite])


def test_softmax_of_rows_of_any_reach() -> None:
    rng = np.random.default_rng(0)
    x = (rng.normal(0, 1, (64, 1, 16)) * 10.0 ** rng.uniform(-3, 2, (64, 1, 1))).astype(np.float32)
    cases = {"beta 1": unary("SOFTMAX", beta=1.0), "beta 0.75": unary("SOFTMAX", beta=0.75)}
    assert_cases_agree(cases, inputs=[x], compiler="clang")


@pytest.mark.parametrize(("kind", "oracle"), [("TANH", reference_output), ("ELU", tflm_output)])
def test_tanh_and_elu_are_as_near_as_the_library_of_the_interpreter(
    kind: str, oracle: Oracle
) -> None:
    """C and simulator agree in every bit; C libraries have had two algorithms, within 2 units of
    the last place.
    """
    x = every_kind()
    model = unary(kind)
    assert_cases_agree({kind: model}, inputs=[x], tflite=False, tflm=False)
    y, reference = execute(model.main, [x])[model.main.outputs[0]], oracle(model, [x])
    np.testing.assert_array_max_ulp(y, reference, maxulp=2)
