"""ADD against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.broadcasts import SHAPES, plain_pair
from ops.cases import assert_cases_agree, reference_outputs, tflm_outputs
from ops.harness import assert_all_agree, reference_output
from ops.pairs import (
    EVERY,
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
from edgeq.graph import Model, Quantization
from edgeq.plan import lower, plan_arena
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify import verify


def test_shapes_broadcast_as_in_both_oracles() -> None:
    assert_cases_agree(shape_cases("ADD"))


def test_wider_types() -> None:
    assert_cases_agree(wide_cases("ADD"), samples=32)


def test_six_dimensions_and_clang() -> None:
    cases = {
        "int16": pair("ADD", (3, 4), (4,), "int16"),
        "int32": pair("ADD", (3, 4), (4,), "int32"),
    }
    assert_cases_agree(cases | deep_cases("ADD"), compiler="clang")


def test_every_pair_of_values_at_the_ends_of_zero_points_scales_and_activations() -> None:
    cases = range_cases("ADD")
    assert_cases_agree(cases, inputs=EVERY_PAIR)


def test_the_ends_of_int16() -> None:
    assert_cases_agree(int16_range_cases("ADD"), inputs=EVERY_PAIR_OF_ENDS)


def test_a_sum_by_hand() -> None:
    model = pair("ADD", (1, 2), (1, 2), scales=(0.5, 0.25, 0.5), zero_points=(0, 0, 10))
    a, b = np.int8([[[4, -3]]]), np.int8([[[3, 100]]])
    # 4 * 0.5 + 3 * 0.25 = 2.75 = 5.5 steps, the tie away from zero; -1.5 + 25 = 23.5 = 47 steps
    np.testing.assert_array_equal(execute(model.main, [a, b])[2], [[[16, 57]]])


def test_a_tensor_added_to_itself() -> None:
    graph = pair("ADD", (1, 256), (1, 256), scales=(0.05, 0.05, 0.07), zero_points=(3, 3, 5)).main
    x, _, y = graph.tensors
    doubled = replace(
        graph,
        tensors=(x, y),
        ops=(replace(graph.ops[0], inputs=(0, 0), outputs=(1,)),),
        inputs=(0,),
        outputs=(1,),
    )
    assert plan_arena(lower(doubled)).arena_bytes == 256
    assert_cases_agree({"doubled": Model((doubled,))}, inputs=[EVERY.reshape(1, 1, 256)])


RELU_ADDED = {
    "scales": (0.0394, 0.1042, 0.0509),
    "zero_points": (-128, 4, -128),
}  # as in a ResNet's first block


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_runs_of_every_length_by_the_linear_form(compiler: str) -> None:
    cases = {
        f"{n} elements, constant {fixed or 'none'}": pair(
            "ADD", (n,), (n,), fixed=fixed, seed=n, **RELU_ADDED
        )
        for n in range(1, 10)
        for fixed in ("", "a", "b")
    }
    cases |= {f"{n} channels": pair("ADD", (2, n), (n,), **RELU_ADDED) for n in range(1, 10)}
    cases |= {
        f"one value for {n} channels": pair("ADD", (2, 1), (2, n), **RELU_ADDED)
        for n in range(1, 10)
    }
    assert {lower(model.main).steps[0].call.source for model in cases.values()} == {"sum_linear_s8"}
    assert_cases_agree(cases, compiler=compiler)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_in_place_over_either_operand(compiler: str) -> None:
    graph = pair("ADD", (1, 23), (1, 23), **RELU_ADDED).main
    a, b, y = graph.tensors
    (op,) = graph.ops
    chain = replace(
        graph,
        tensors=(a, b, y, replace(y, name="z"), replace(y, name="last")),
        outputs=(4,),
        ops=(
            op,  # y = a + b, and a lives on
            replace(op, inputs=(0, 2), outputs=(3,)),
            replace(op, inputs=(3, 2), outputs=(4,)),  # y lives on to here
        ),
    )
    offsets = plan_arena(lower(chain)).offsets
    assert offsets[2] == offsets[1]
    assert offsets[3] == offsets[0]
    assert_cases_agree({"chain": Model((chain,))}, compiler=compiler)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "most"), [("cortex-m4", 7), ("cortex-m3", 7), ("cortex-m0", 28), ("rv32imc", 17)]
)
def test_instructions_an_element_on_emulated_cores(target: str, most: float) -> None:
    model = pair("ADD", (1, 1023), (1, 1023), **RELU_ADDED)
    (result,) = verify(model, targets=(target,), samples=2).targets
    assert result.status == "ok"
    assert result.layers[0].instructions is not None
    assert result.layers[0].instructions < most * 1023


def test_int32_wraps_as_registers_do() -> None:
    model = pair("ADD", (2,), (2,), "int32")
    a, b = np.int32([[2**31 - 1, -(2**31)]]), np.int32([[1, -1]])
    np.testing.assert_array_equal(execute(model.main, [a, b])[2], [[-(2**31), 2**31 - 1]])


def test_power_of_two_scales_of_int16_are_scales_like_others_as_in_tflm() -> None:
    # TFLite has a kernel of its own for them (pot_scale_int16), which rounds otherwise; TFLM
    # decides.
    model = pair("ADD", (1, 500), (1, 500), "int16", (2**-12, 2**-15, 2**-12), pot_scale_int16=True)
    ours = assert_all_agree(model, tflite=False)
    assert np.any(ours != reference_output(model, random_inputs(model.main, 8)))


@pytest.mark.parametrize(
    ("a", "b", "arena_bytes"),
    [((4, 64), (4, 64), 512), ((4, 64), (64,), 320), ((64,), (4, 64), 320), ((64, 1), (1, 4), 324)],
)
def test_the_output_lies_over_an_operand_of_its_size(
    a: tuple[int, ...], b: tuple[int, ...], arena_bytes: int
) -> None:
    assert plan_arena(lower(pair("ADD", a, b).main)).arena_bytes == arena_bytes


@settings(max_examples=25, deadline=None)
@given(
    scales=st.tuples(*[st.floats(1e-3, 10.0)] * 3),
    zero_points=st.tuples(*[st.integers(-128, 127)] * 3),
    activation=st.sampled_from(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]),
)
def test_any_scales_and_zero_points(
    scales: tuple[float, float, float], zero_points: tuple[int, int, int], activation: str
) -> None:
    model = pair(
        "ADD", (256, 1), (1, 256), "int8", scales, zero_points, fused_activation_function=activation
    )
    computed = execute(model.main, EVERY_PAIR)[2]
    np.testing.assert_array_equal(computed, reference_outputs(model, EVERY_PAIR)[0])
    np.testing.assert_array_equal(computed, tflm_outputs(model, EVERY_PAIR)[0])


def without_quantization(model: Model, scales: int) -> Model:
    graph = model.main
    quantization = Quantization((0.1,) * scales, (0,) * scales) if scales else None
    first = replace(graph.tensors[0], quantization=quantization)
    return Model((replace(graph, tensors=(first, *graph.tensors[1:])),))


REFUSED = {
    r"\[2, 3\] and \[2\] do not broadcast": pair("ADD", (2, 1), (2, 3)),
    "int16 zero point": pair("ADD", (4,), (4,), "int16"),
    "TANH": pair("ADD", (4,), (4,), fused_activation_function="TANH"),
    "fused activation: the references disagree": pair(
        "ADD", (4,), (4,), "int32", fused_activation_function="RELU"
    ),
    "too far apart": pair("ADD", (4,), (4,), scales=(100.0, 1.0, 1e-5)),
    "has no scale": without_quantization(pair("ADD", (4,), (4,)), 0),
    "several scales": without_quantization(pair("ADD", (4,), (4,)), 4),
}


def spoiled(reason: str, model: Model) -> Model:
    """The two models that `pair` cannot make."""
    a, b, y = model.main.tensors
    if "broadcast" in reason:
        tensors = (replace(a, shape=(2, 3)), replace(b, shape=(2,)), y)
    elif "zero point" in reason:
        tensors = (replace(a, quantization=Quantization((0.05,), (3,))), b, y)
    else:
        return model
    return Model((replace(model.main, tensors=tensors),))


@pytest.mark.parametrize("reason", REFUSED)
def test_what_the_reference_does_not_define_is_refused(reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        lower(spoiled(reason, REFUSED[reason]).main)


WIDE = {f"{a}, {b}": plain_pair("ADD", a, b) for a, b in SHAPES}
SEEDS = WIDE
"""int64, which TFLM does not take."""


def test_int64_wraps() -> None:
    assert_cases_agree(WIDE, tflm=False, compiled=False)


@pytest.mark.slow
def test_int64_compiled() -> None:
    assert_cases_agree(WIDE, tflite=False, tflm=False)
