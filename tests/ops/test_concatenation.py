"""CONCATENATION against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import constant, quantized, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops.concatenation import _overlap
from edgeq.plan import lower, plan_arena
from edgeq.simulate.execute import execute

Shapes = list[tuple[int, ...]]


def tensor(
    name: str, shape: tuple[int, ...], dtype: str, scale: float = 0.05, zero_point: int = 3
) -> Tensor:
    if dtype in ("int8", "uint8", "int16"):
        return quantized(name, shape, scale, 0 if dtype == "int16" else zero_point, dtype)
    return Tensor(name, shape, dtype)


def join(
    shapes: Shapes,
    axis: int,
    dtype: str = "int8",
    fixed: tuple[int, ...] = (),
    **attributes: object,
) -> Model:
    """A model of one CONCATENATION. fixed: positions of constant inputs."""
    inputs = []
    for k, shape in enumerate(shapes):
        values = np.arange(k, k + np.prod(shape)).astype(dtype).reshape(shape)
        inputs.append(
            constant(f"x{k}", values, 0.05, zero_point=3)
            if k in fixed
            else tensor(f"x{k}", shape, dtype)
        )
    y = list(shapes[0])
    y[axis] = sum(shape[axis] for shape in shapes)
    options = {"axis": axis, "fused_activation_function": "NONE"} | attributes
    return single_op(
        "CONCATENATION", inputs, tensor("y", tuple(y), dtype), "ConcatenationOptions", **options
    )


CASES = {
    "axis 0": join([(2, 3, 4), (1, 3, 4)], 0),
    "axis 1": join([(2, 3, 4), (2, 1, 4), (2, 5, 4)], 1),
    "last axis": join([(2, 3, 4), (2, 3, 1)], 2),
    "axis -1": join([(1, 2, 2, 3), (1, 2, 2, 5)], -1),
    "axis -3": join([(2, 1, 4), (3, 1, 4)], -3),
    "channels of an image": join([(1, 4, 4, 8), (1, 4, 4, 8), (1, 4, 4, 3)], 3),
    "rank 1": join([(3,), (1,)], 0),
    "rank 5": join([(2, 1, 2, 3, 2), (2, 1, 2, 1, 2)], 3),
    "one input": join([(2, 3)], 1),
    "runs by words and by bytes": join([(3, k) for k in (8, 16, 20, 4, 9, 12, 17, 8)], 1),
    "ten inputs": join([(2, k) for k in range(1, 11)], 1),
    "constant": join([(2, 3), (2, 4)], 1, fixed=(1,)),
    "constant first and last": join([(2, 3), (2, 4), (2, 2)], 1, fixed=(0, 2)),
} | {
    dtype: join([(2, 3), (2, 4)], 1, dtype)
    for dtype in ("int16", "int32", "int64", "float32", "bool")
}


@pytest.mark.slow
def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


def test_uint8_which_tflm_lacks_and_clang() -> None:
    assert_cases_agree({"uint8": join([(2, 3), (2, 4)], 1, "uint8")}, tflm=False, compiler="clang")


@pytest.mark.slow
def test_more_inputs_than_tflm_takes() -> None:
    assert_cases_agree({"12 inputs": join([(3, 2)] * 12, 1)}, tflm=False)


def test_one_tensor_twice() -> None:
    once = single_op(
        "CONCATENATION",
        [tensor("x", (2, 3), "int8")],
        tensor("y", (2, 6), "int8"),
        "ConcatenationOptions",
        axis=1,
        fused_activation_function="NONE",
    ).main
    twice = replace(once, ops=(replace(once.ops[0], inputs=(0, 0)),))
    assert_cases_agree({"twice": Model((twice,))})
    x = np.arange(6).astype(np.int8).reshape(1, 2, 3)
    np.testing.assert_array_equal(
        execute(twice, [x])[1][0], [[0, 1, 2, 0, 1, 2], [3, 4, 5, 3, 4, 5]]
    )


def test_inputs_one_after_another_are_joined_where_they_lie() -> None:
    assert plan_arena(lower(join([(1, 40, 4), (1, 60, 4)], 1).main)).arena_bytes == 400


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_the_overlap_is_the_least_at_which_nothing_unread_is_overwritten(
    rounds: int, runs: list[int]
) -> None:
    for k, distance in enumerate(_overlap(rounds, runs)):
        assert distance is not None
        assert survives(rounds, runs, k, distance)
        last_read_first = runs[k] * rounds == 1  # one byte alone is read before it can be lost
        assert last_read_first or distance == 0 or not survives(rounds, runs, k, distance - 1)


def survives(rounds: int, runs: list[int], k: int, distance: int) -> bool:
    """Whether input k is copied intact, in the kernel's order, when the output starts `distance`
    bytes below it.
    """
    total = rounds * sum(runs)
    memory = np.full(2 * total + distance, -1)
    x = slice(distance, distance + rounds * runs[k])
    memory[x] = np.arange(rounds * runs[k])
    wanted, at = [], 0
    for r in range(rounds):
        for i, run in enumerate(runs):
            for j in range(run):
                source = distance + r * run + j
                memory[at] = memory[source] if i == k else -2
                wanted.append(r * run + j if i == k else -2)
                at += 1
    return bool(np.array_equal(memory[:total], wanted))


REFUSED = {
    "fused activation RELU": join([(2, 3), (2, 4)], 1, fused_activation_function="RELU"),
    "its axis 2 is none": single_op(
        "CONCATENATION", [tensor("a", (2, 3), "int8")] * 2, tensor("y", (4, 3), "int8"), axis=2
    ),
    "differ in another axis than 0": single_op(
        "CONCATENATION",
        [tensor("a", (2, 3), "int8"), tensor("b", (2, 4), "int8")],
        tensor("y", (4, 3), "int8"),
        axis=0,
    ),
    '"b" has scale 0.1.* its output 0.05': single_op(
        "CONCATENATION",
        [tensor("a", (2,), "int8"), tensor("b", (2,), "int8", 0.1)],
        tensor("y", (4,), "int8"),
        axis=0,
    ),
    "an int16 zero point": single_op(
        "CONCATENATION",
        [quantized("a", (2,), 0.1, 4, "int16")],
        quantized("y", (2,), 0.1, 4, "int16"),
        axis=0,
    ),
    "int8 x int16": single_op(
        "CONCATENATION",
        [tensor("a", (2,), "int8"), tensor("b", (2,), "int16")],
        tensor("y", (4,), "int8"),
        axis=0,
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_the_reference_does_not_define_is_refused(reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        lower(REFUSED[reason].main)
