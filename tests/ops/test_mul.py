"""MUL against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree, compiled_outputs, merge, tflm_outputs
from ops.harness import assert_tflite_explained
from ops.pairs import (
    EVERY_PAIR,
    EVERY_PAIR_OF_ENDS,
    deep_cases,
    int16_range_cases,
    pair,
    range_cases,
    shape_cases,
    wide_cases,
)

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.plan import lower, plan_arena
from edgeq.simulate.execute import execute
from edgeq.verify import verify

A, B = (256, 1), (1, 256)


@pytest.mark.slow
def test_shapes_and_wider_types() -> None:
    fused = {
        name: pair("MUL", (4, 50), (50,), "int32", fused_activation_function=name)
        for name in ("RELU", "RELU6", "RELU_N1_TO_1")
    }
    assert_cases_agree(shape_cases("MUL") | wide_cases("MUL") | fused)


def test_six_dimensions_and_clang() -> None:
    cases = {
        "int16": pair("MUL", (3, 4), (4,), "int16"),
        "int32": pair("MUL", (3, 4), (4,), "int32"),
    }
    assert_cases_agree(cases | deep_cases("MUL"), tflite=False, compiler="clang")


def test_integers_that_wrap_and_factors_above_1_in_c() -> None:
    """Both int8 kernels and the int32 kernel at extreme operands."""
    ends = np.array([-128, -127, -1, 0, 1, 2, 126, 127], np.int8)
    wide = np.array([-(2**31), 2**31 - 1, -3, 65536], np.int32)
    model = merge(
        {
            "high word": pair("MUL", (8, 1), (1, 8)),
            "factor above 1": pair("MUL", (8, 1), (1, 8), scales=(3.0, 2.0, 1.7)),
            "activation": pair("MUL", (8, 1), (1, 8), fused_activation_function="RELU6"),
            "int32": pair("MUL", (4, 1), (1, 4), "int32", fused_activation_function="RELU_N1_TO_1"),
            "int32 as it wraps": pair("MUL", (4, 1), (1, 4), "int32"),
        }
    )
    given = [
        v.reshape(1, *shape)
        for v, n in ((ends, 3), (wide, 2))
        for _ in range(n)
        for shape in ((-1, 1), (1, -1))
    ]
    computed = execute(model.main, given)
    for t, got in zip(model.main.outputs, compiled_outputs(model, given), strict=True):
        np.testing.assert_array_equal(computed[t], got, model.main.tensors[t].name)


@pytest.mark.slow
def test_every_pair_of_values_at_the_ends_of_zero_points_scales_and_activations() -> None:
    cases = range_cases("MUL") | {
        "factor above 1": pair("MUL", A, B, scales=(3.0, 2.0, 1.7)),
        "factor 1": pair("MUL", A, B, scales=(1.0, 1.0, 1.0), zero_points=(0, 0, 0)),
        "factor below 2**-32": pair("MUL", A, B, scales=(1e-6, 1e-6, 1.0)),
        "products beyond int32": pair("MUL", A, B, scales=(1000.0, 700.0, 0.03)),
    }
    assert_cases_agree(cases, inputs=EVERY_PAIR)


def test_the_ends_of_int16() -> None:
    assert_cases_agree(int16_range_cases("MUL"), inputs=EVERY_PAIR_OF_ENDS)


def test_products_by_hand() -> None:
    model = pair("MUL", (4,), (4,), scales=(0.5, 0.5, 0.5), zero_points=(1, 0, -2))
    a, b = np.int8([[2, 2, 127, -3]]), np.int8([[5, -5, 127, 3]])
    # 1 * 5 / 2 and 1 * -5 / 2 are ties of the high multiply, which go up; 126 * 127 / 2 saturates;
    # -4 * 3 / 2 = -6
    np.testing.assert_array_equal(execute(model.main, [a, b])[2], [[1, -4, 127, -8]])


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_runs_of_every_length_by_one_high_word(compiler: str) -> None:
    cases = {
        f"{n} elements, constant {fixed or 'none'}": pair("MUL", (n,), (n,), fixed=fixed, seed=n)
        for n in range(1, 10)
        for fixed in ("", "a", "b")
    }
    cases |= {f"one value for {n} channels": pair("MUL", (2, n), (2, 1)) for n in range(1, 10)}
    cases |= {
        f"one value first, for {n} channels": pair("MUL", (2, 1), (2, n)) for n in range(1, 10)
    }
    assert {lower(model.main).steps[0].call.source for model in cases.values()} == {
        "mul_high_word_s8"
    }
    assert_cases_agree(cases, compiler=compiler)


@pytest.mark.slow
def test_every_pair_of_values_of_small_and_large_shifts_and_at_random_scales() -> None:
    rng = np.random.default_rng(3)
    factors = [
        0.49999,
        *(0.7 * 2.0**-shift for shift in range(1, 12)),
        *(0.55 * 2.0**-shift for shift in (16, 17, 19)),
    ]
    cases = {
        f"factor {f}": pair(
            "MUL",
            A,
            B,
            scales=(1.0, f, 1.0),
            zero_points=tuple(rng.integers(-128, 128, 3).tolist()),
        )
        for f in (*factors, *rng.uniform(0.005, 0.1, 4))
    }
    assert {lower(model.main).steps[0].call.source for model in cases.values()} == {
        "mul_high_word_s8"
    }
    assert_cases_agree(cases, inputs=EVERY_PAIR)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_in_place_over_either_operand(compiler: str) -> None:
    graph = pair("MUL", (1, 23), (1, 23)).main
    (a, b, y), (op,) = graph.tensors, graph.ops
    chain = replace(
        graph,
        tensors=(a, b, y, replace(y, name="z")),
        outputs=(3,),
        ops=(
            op,  # y = a * b, and a lives on
            replace(op, inputs=(0, 2), outputs=(3,)),
        ),
    )
    offsets = plan_arena(lower(chain)).offsets
    assert offsets[2] == offsets[1]
    assert offsets[3] in (offsets[0], offsets[2])
    assert_cases_agree({"chain": Model((chain,))}, compiler=compiler)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "most"), [("cortex-m4", 11), ("cortex-m3", 15)])
def test_instructions_an_element_on_emulated_cores(target: str, most: float) -> None:
    (result,) = verify(pair("MUL", (1, 1023), (1, 1023)), targets=(target,), samples=2).targets
    assert result.status == "ok"
    assert result.layers[0].instructions is not None
    assert result.layers[0].instructions < most * 1023


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("NONE", [-9, -1, 0, 1, 9]),
        ("RELU", [0, 0, 0, 1, 9]),
        ("RELU6", [0, 0, 0, 1, 6]),
        ("RELU_N1_TO_1", [-1, -1, 0, 1, 1]),
        ("RELU_0_TO_1", [0, 0, 0, 1, 1]),
    ],
)
def test_int32_is_cut_off_at_whole_numbers(activation: str, expected: list[int]) -> None:
    model = pair("MUL", (5,), (5,), "int32", fused_activation_function=activation)
    a, b = np.int32([[-3, 1, 0, -1, 3]]), np.int32([[3, -1, 5, -1, 3]])
    assert execute(model.main, [a, b])[model.main.outputs[0]].ravel().tolist() == expected


def test_int32_wraps_as_registers_do() -> None:
    model = pair("MUL", (3,), (3,), "int32")
    a, b = np.int32([[2**31 - 1, -(2**31), 65536]]), np.int32([[2, -1, 65536]])
    np.testing.assert_array_equal(execute(model.main, [a, b])[2], [[-2, -(2**31), 0]])


def test_the_output_lies_over_an_operand_of_its_size() -> None:
    assert plan_arena(lower(pair("MUL", (4, 64), (4, 64)).main)).arena_bytes == 512
    assert plan_arena(lower(pair("MUL", (4, 64), (64,), fixed="b").main)).arena_bytes == 256


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    scales=st.tuples(*[st.floats(1e-3, 10.0)] * 3),
    zero_points=st.tuples(*[st.integers(-128, 127)] * 3),
)
def test_any_scales_and_zero_points(
    scales: tuple[float, float, float], zero_points: tuple[int, int, int]
) -> None:
    model = pair("MUL", A, B, "int8", scales, zero_points)
    computed = execute(model.main, EVERY_PAIR)[2]
    np.testing.assert_array_equal(computed, tflm_outputs(model, EVERY_PAIR)[0])
    assert_tflite_explained(model, EVERY_PAIR)


REFUSED: dict[str, Model] = {
    "is 2\\*\\*30 or more": pair("MUL", (4,), (4,), scales=(1e6, 1e6, 1e-3)),
    "fused activation TANH on int32": pair(
        "MUL", (4,), (4,), "int32", fused_activation_function="TANH"
    ),
    "no integer form of the fused activation TANH": pair(
        "MUL", (4,), (4,), fused_activation_function="TANH"
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_the_reference_does_not_define_is_refused(reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        lower(REFUSED[reason].main)
