"""SPLIT against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.harness import constant, quantized
from ops.several import assert_all_outputs_agree, merged, several_outputs

from edgeq.errors import ModelError, UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.plan import lower, plan_arena


def split(
    shape: tuple[int, ...],
    axis: int,
    parts: int,
    dtype: str = "int8",
    num_splits: int | None = None,
) -> Model:
    y = list(shape)
    y[axis] //= parts
    make = (
        (lambda n, s: quantized(n, s))
        if dtype == "int8"
        else (lambda n, s: Tensor(n, tuple(s), dtype))
    )
    inputs = [constant("axis", np.array(axis, np.int32)), make("x", shape)]
    outputs = [make(f"y{i}", y) for i in range(parts)]
    return several_outputs("SPLIT", inputs, outputs, "SplitOptions", num_splits=num_splits or parts)


CASES = {
    "channels": ((1, 4, 5, 6), 3, 3),
    "rows": ((1, 4, 5, 6), 1, 2),
    "the last axis": ((4, 3), -1, 3),
    "long runs": ((2, 6, 40), 1, 2),
    "halves": ((8, 3), 0, 2),
    "every row": ((5, 3), 0, 5),
    "one part": ((2, 3), 1, 1),
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    models = {name: split(*case) for name, case in CASES.items()}
    models |= {dtype: split((2, 6), 1, 3, dtype) for dtype in ("int16", "int32", "float32")}
    assert_all_outputs_agree(merged(models), compiler=compiler)


def test_parts_that_lie_one_after_another_are_views() -> None:
    program = lower(split((1, 4, 5, 8), 1, 2).main)
    assert program.steps[0].call == View(1, (0, 80))
    plan = plan_arena(program)
    assert plan.arena_bytes == 160
    assert [plan.offsets[t] - plan.offsets[1] for t in program.graph.outputs] == [0, 80]


def test_parts_that_would_lie_unaligned_are_copied() -> None:
    assert not isinstance(lower(split((2, 3), 0, 2).main).steps[0].call, View)
    assert isinstance(lower(split((2, 3), 0, 2, "int32").main).steps[0].call, View)


def test_an_in_place_layer_of_one_part_leaves_the_other_alone() -> None:
    """Each half is reversed and split again; the compiled C still gives correct bytes."""
    parts = [quantized(name, (4, 8)) for name in ("left", "right")]
    turned = [quantized(f"{name} turned", (8, 4)) for name in ("left", "right")]
    rows = [quantized(f"row {i}", (2, 4)) for i in range(4)]
    axis, perm = (
        constant("axis", np.array(0, np.int32)),
        constant("perm", np.array([1, 0], np.int32)),
    )
    tensors = (axis, quantized("x", (8, 8)), *parts, perm, *turned, *rows)
    ops = (
        Op("SPLIT", (0, 1), (2, 3), (("num_splits", 2),), options_type="SplitOptions"),
        Op("TRANSPOSE", (2, 4), (5,), options_type="TransposeOptions"),
        Op("SPLIT", (0, 5), (7, 8, 9, 10), (("num_splits", 4),), options_type="SplitOptions"),
        Op("TRANSPOSE", (3, 4), (6,), options_type="TransposeOptions"),
    )
    model = Model((Graph(tensors, ops, (1,), (6, 7, 8, 9, 10)),))
    assert_all_outputs_agree(model)


@pytest.mark.parametrize(("axis", "parts", "num_splits"), [(1, 4, None), (0, 2, 3)])
def test_unequal_parts_are_refused_by_name(axis: int, parts: int, num_splits: int | None) -> None:
    with pytest.raises(UnsupportedError, match=r'layer 0, SPLIT "y0".*equal outputs'):
        lower(split((2, 6), axis, parts, num_splits=num_splits).main)


def test_an_axis_that_is_none_is_refused_by_name() -> None:
    axis = constant("axis", np.array(2, np.int32))
    model = several_outputs(
        "SPLIT",
        [axis, quantized("x", (2, 6))],
        [quantized("y0", (2, 6))],
        "SplitOptions",
        num_splits=1,
    )
    with pytest.raises(UnsupportedError, match=r'layer 0, SPLIT "y0".*axis 2 is none of 2'):
        lower(model.main)


def test_outputs_of_other_shapes_are_refused() -> None:
    axis = constant("axis", np.array(1, np.int32))
    outputs = [quantized("a", (2, 2)), quantized("b", (2, 4))]
    model = several_outputs(
        "SPLIT", [axis, quantized("x", (2, 6))], outputs, "SplitOptions", num_splits=2
    )
    with pytest.raises(ModelError, match=r"SPLIT"):
        lower(model.main)
