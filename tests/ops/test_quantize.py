"""QUANTIZE against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output, quantized, single_op, tflm_output

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Values
from edgeq.ops.quantize import TYPES
from edgeq.plan import lower, plan_arena
from edgeq.simulate.execute import execute

ZERO_POINTS = {"int8": (5, -9), "uint8": (131, 120), "int16": (0, 0), "int32": (0, 0)}
PAIRS = [(x, y) for (x,), (ys,) in TYPES.items() for y in ys.split("|")]
TFLM_REFUSES = {("uint8", "uint8"), ("float32", "uint8")}
TFLITE_REFUSES = {("int8", "int16"), ("int8", "int32")}


def requantize(
    x: str,
    y: str,
    scales: tuple[float, float] = (0.031, 0.05),
    zero_points: tuple[int, int] | None = None,
    shape: tuple[int, ...] = (3, 7),
) -> Model:
    x_zero, y_zero = zero_points or (ZERO_POINTS.get(x, (0, 0))[0], ZERO_POINTS[y][1])
    tensor = (
        Tensor("x", shape, x) if x == "float32" else quantized("x", shape, scales[0], x_zero, x)
    )
    return single_op(
        "QUANTIZE", [tensor], quantized("y", shape, scales[1], y_zero, y), "QuantizeOptions"
    )


def cases(*without: set[tuple[str, str]]) -> dict[str, Model]:
    """Every pair of dtypes that the oracles support, with factors below and above 1."""
    pairs = [pair for pair in PAIRS if not any(pair in refused for refused in without)]
    smaller = {f"{x} to {y}": requantize(x, y) for x, y in pairs}
    return smaller | {f"{x} to {y}, factor 2.5": requantize(x, y, (0.05, 0.02)) for x, y in pairs}


def test_every_pair_of_types_that_both_oracles_take() -> None:
    assert_cases_agree(cases(TFLM_REFUSES, TFLITE_REFUSES), samples=100)


def test_types_that_one_oracle_takes() -> None:
    only_tflite = {f"{x} to {y}": requantize(x, y) for x, y in TFLM_REFUSES}
    only_tflm = {f"{x} to {y}": requantize(x, y) for x, y in TFLITE_REFUSES}
    assert_cases_agree(only_tflite, samples=100, tflm=False)
    assert_cases_agree(only_tflm, samples=100, tflite=False)


def test_clang_agrees() -> None:
    assert_cases_agree(cases(), tflite=False, tflm=False, compiler="clang")


INT8_CASES = {
    "zero points -128 to 127": requantize("int8", "int8", zero_points=(-128, 127), shape=(256,)),
    "zero points 127 to -128": requantize("int8", "int8", zero_points=(127, -128), shape=(256,)),
    "only the zero point differs": requantize("int8", "int8", (0.1, 0.1), (3, 4), (256,)),
    "saturating": requantize("int8", "int8", (1.0, 0.001), shape=(256,)),
    "shifted beyond int32": requantize("int8", "int8", (1000.0, 1e-5), shape=(256,)),
    "all to the zero point": requantize("int8", "int8", (0.001, 1.0), shape=(256,)),
    "factor below 2**-32": requantize("int8", "int8", (1e-8, 10.0), shape=(256,)),
    "signed to unsigned": requantize("int8", "uint8", (0.1, 0.1), (-128, 0), (256,)),
    "signed to unsigned, rescaled": requantize("int8", "uint8", (0.1, 0.07), (-5, 200), (256,)),
}


def test_every_int8_value_at_the_ends_of_zero_points_and_scales() -> None:
    assert_cases_agree(INT8_CASES, inputs=[np.arange(-128, 128).astype(np.int8)[None]])


def test_every_int16_value() -> None:
    model = requantize("int16", "int8", (0.0021, 0.3), shape=(65536,))
    x = np.arange(-32768, 32768).astype(np.int16)[None]
    np.testing.assert_array_equal(execute(model.main, [x])[1], tflm_output(model, [x]))


def every_computer(model: Model, x: Values) -> list[Values]:
    inputs = [x[None]]
    return [
        computed[0] for computed in (execute(model.main, inputs)[1], compiled_output(model, inputs))
    ]


def test_reals_are_rounded_away_from_zero_and_saturated() -> None:
    x = np.float32([0.25, -0.25, 0.24999999, 0.75, -0.75, 63.9, -64.1, 1e9, -1e9, 0.0, -0.0])
    expected = [4, 2, 3, 5, 1, 127, -125, 127, -128, 3, 3]
    model = requantize("float32", "int8", (1.0, 0.5), (0, 3), x.shape)
    for computed in [*every_computer(model, x), tflm_output(model, [x[None]])[0]]:
        np.testing.assert_array_equal(computed, expected)


def test_reals_beyond_int32_saturate_and_nan_is_the_zero_point() -> None:
    # C leaves these conversions undefined, so the oracles follow the processor that they run on.
    x = np.float32([np.inf, -np.inf, np.nan, 3e38, -3e38, 2e9, -2e9])
    for dtype, low, high in (("int8", -128, 127), ("uint8", 0, 255), ("int16", -32768, 32767)):
        model = requantize("float32", dtype, (1.0, 0.001), (0, 3), x.shape)
        for computed in every_computer(model, x):
            np.testing.assert_array_equal(computed, [high, low, 3, high, low, high, low])


def test_the_same_scale_and_zero_point_cost_nothing() -> None:
    program = lower(requantize("int8", "int8", (0.1, 0.1), (3, 3)).main)
    assert not isinstance(program.steps[0].call, KernelCall)


@pytest.mark.parametrize(
    ("x", "y", "arena_bytes"),
    [
        ("int8", "uint8", 100),
        ("int8", "int16", 200),  # the end of y lies over x
        ("int16", "int8", 200),
        ("float32", "int8", 400),
        ("int16", "int32", 600),  # C's aliasing rules keep them apart
    ],
)
def test_the_output_lies_over_the_input_as_far_as_sizes_allow(
    x: str, y: str, arena_bytes: int
) -> None:
    assert plan_arena(lower(requantize(x, y, shape=(100,)).main)).arena_bytes == arena_bytes


def test_what_the_reference_does_not_define_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="2\\*\\*30 or more"):
        lower(requantize("int8", "int16", (1e5, 1e-5)).main)
    with pytest.raises(UnsupportedError, match="has no scale"):
        lower(
            single_op(
                "QUANTIZE", [Tensor("x", (2,), "int8")], quantized("y", (2,)), "QuantizeOptions"
            ).main
        )
    with pytest.raises(UnsupportedError, match="int32 -> uint8, known are"):
        lower(
            single_op(
                "QUANTIZE",
                [quantized("x", (2,), dtype="int32")],
                quantized("y", (2,), dtype="uint8"),
            ).main
        )
