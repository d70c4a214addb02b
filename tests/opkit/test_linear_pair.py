"""The linear form of sums against the reference's three roundings, for every pair of int8 values."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.pairs import pair

from edgeq.opkit.add_sub import Sum, quantized_sum
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.linear_pair import EVERY, SHIFT, LinearPair, find_linear_pair
from edgeq.opkit.node import Node
from edgeq.ops import bind, operator
from edgeq.ops.add import kernel

RELU_ADDED = (0.0394, 0.1042, 0.0509), (-128, 4, -128)  # as in the first block of a ResNet


def node(
    scales: tuple[float, float, float],
    zero_points: tuple[int, int, int],
    kind: str = "ADD",
    activation: str = "NONE",
) -> Node:
    model = pair(
        kind, (4,), (4,), "int8", scales, zero_points, fused_activation_function=activation
    )
    return bind(model.main)[0]


def arithmetic(node: Node) -> Sum:
    """The reference's roundings."""
    found = quantized_sum(node, -1 if node.kind == "SUB" else 1)
    assert found is not None
    return found


def outputs(node: Node) -> np.ndarray:
    return arithmetic(node)(EVERY[:, None], EVERY[None, :])


def form(node: Node) -> LinearPair | None:
    """The form as the kernel has it."""
    call = operator(node.kind).kernel(node)
    assert isinstance(call, KernelCall)
    if call.function != "edgeq_sum_linear_s8":
        return None
    return LinearPair(*(call.parameters[name] for name in ("a_weight", "b_weight", "offset")))  # type: ignore[arg-type]


def test_a_form_by_hand() -> None:
    # y = floor(a / 2 + b / 4 + 1/4): no point lies on a step, so the natural weights and an offset
    # within 1/4 serve
    exact = np.clip((2 * EVERY[:, None] + EVERY[None, :] + 1) >> 2, -128, 127)
    assert exact.shape == (256, 256)
    found = find_linear_pair(exact, 0.5, 0.25, 0.25)
    assert found is not None
    assert (found.a_weight, found.b_weight) == (1 << SHIFT - 1, 1 << SHIFT - 2)
    assert 0.25 <= found.offset / 2**SHIFT < 0.5
    np.testing.assert_array_equal(found(np.int64([3, -3]), np.int64([2, 2])), [2, -1])


def test_ties_on_both_sides_of_the_zero_point_go_away_from_it() -> None:
    found = form(node((0.5, 0.25, 0.5), (0, 0, 10)))
    assert found is not None
    assert (found.a_weight, found.b_weight) > (2**SHIFT, 2**SHIFT // 2)
    np.testing.assert_array_equal(
        found(np.int64([4, -4]), np.int64([3, -3])), [16, 4]
    )  # 5.5 and -5.5


@settings(max_examples=60, deadline=None)
@given(
    a=st.floats(0.01, 0.1),
    b=st.floats(0.01, 0.1),
    ratio=st.floats(0.6, 2.0),
    zero_points=st.tuples(*[st.integers(-128, 127)] * 3),
    kind=st.sampled_from(["ADD", "SUB"]),
)
def test_what_is_found_equals_the_reference(
    a: float, b: float, ratio: float, zero_points: tuple[int, int, int], kind: str
) -> None:
    added = node((a, b, ratio * max(a, b)), zero_points, kind)
    found, expected = form(added), outputs(added)
    if found is not None:
        plane = EVERY[:, None] * found.a_weight + EVERY[None, :] * found.b_weight + found.offset
        assert np.abs(plane).max() < 2**31
        np.testing.assert_array_equal(np.clip(plane >> SHIFT, -128, 127), expected)


@pytest.mark.parametrize("kind", ["ADD", "SUB"])
def test_scales_of_trained_models_nearly_always_have_a_form(kind: str) -> None:
    rng, found = np.random.default_rng(7), 0
    for _ in range(60):
        a, b = rng.uniform(0.02, 0.1, 2)
        zero_points = (-128, int(rng.integers(-20, 20)), -128)
        found += (
            form(node((a, b, rng.uniform(0.7, 1.5) * max(a, b)), zero_points, kind)) is not None
        )
    assert found >= 58


@pytest.mark.parametrize(
    ("field", "change"), [("a_weight", 20), ("b_weight", 20), ("offset", 3000)]
)
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_form_that_is_slightly_off_is_not_equal(field: str, change: int, sign: int) -> None:
    added = node(*RELU_ADDED)
    found = form(added)
    assert found is not None
    assert found.equals(outputs(added))
    off = replace(found, **{field: getattr(found, field) + sign * change})
    assert not off.equals(outputs(added))


def test_outputs_of_which_one_is_changed_have_no_form() -> None:
    added = node(*RELU_ADDED)
    spoiled = outputs(added).copy()
    spoiled[130, 140] += 1
    a, b, y = (0.0394, 0.1042, 0.0509)
    assert find_linear_pair(spoiled, a / y, b / y, -127.5 + 128 * a / y - 4 * b / y) is None


@pytest.mark.parametrize(
    ("scales", "zero_points", "activation", "why"),
    [
        ((1.0, 1.5, 0.003), (0, 0, 0), "NONE", "the plane leaves int32"),
        (*RELU_ADDED, "RELU_N1_TO_1", "the outputs end within int8"),
    ],
)
def test_where_there_is_no_form_all_roundings_are_computed(
    scales: tuple[float, float, float], zero_points: tuple[int, int, int], activation: str, why: str
) -> None:
    assert kernel(node(scales, zero_points, activation=activation)).function == "edgeq_sum_s8", why


def test_planes_at_the_ends_of_int32() -> None:
    assert LinearPair(2**22, 2**22, 2**30 - 1).fits()
    assert not LinearPair(2**23, 2**22, 2**30).fits()
    assert not LinearPair(
        2**23, -(2**23), 2**30
    ).fits()  # a * a_weight + offset alone overflows, on the way
