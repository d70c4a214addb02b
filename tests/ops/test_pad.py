"""PAD against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import assert_all_agree, constant, quantized, reference_output, single_op
from ops.several import assert_all_outputs_agree, merged

from edgeq.errors import ModelError, UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.ops import bind
from edgeq.plan import lower, plan_arena
from edgeq.simulate.execute import execute, random_inputs

Pads = tuple[tuple[int, int], ...]


def pad(
    shape: tuple[int, ...],
    pads: Pads,
    dtype: str = "int8",
    zero_point: int = 3,
    index: str = "int32",
) -> Model:
    y = tuple(before + size + after for size, (before, after) in zip(shape, pads, strict=True))
    if dtype in ("int8", "uint8", "int16"):
        ends = [quantized(name, s, 0.05, zero_point, dtype) for name, s in (("x", shape), ("y", y))]
    else:
        ends = [Tensor("x", shape, dtype), Tensor("y", y, dtype)]
    return single_op(
        "PAD", [ends[0], constant("pads", np.array(pads, index))], ends[1], "PadOptions"
    )


CASES: dict[str, tuple[tuple[int, ...], Pads]] = {
    "an image": ((1, 4, 5, 3), ((0, 0), (1, 1), (1, 1), (0, 0))),
    "before a stride of 2": ((1, 6, 6, 8), ((0, 0), (0, 1), (0, 1), (0, 0))),
    "rows only": ((1, 4, 5, 3), ((0, 0), (2, 1), (0, 0), (0, 0))),
    "columns only": ((2, 4, 5, 3), ((0, 0), (0, 0), (1, 2), (0, 0))),
    "channels only": ((1, 3, 3, 2), ((0, 0), (0, 0), (0, 0), (1, 3))),
    "rows and channels": ((2, 3, 4, 5), ((0, 0), (1, 0), (0, 0), (0, 2))),
    "every side": ((2, 2, 3, 2), ((1, 2), (2, 1), (1, 1), (3, 0))),
    "five axes": ((1, 2, 3, 2, 2), ((1, 0), (0, 1), (1, 1), (0, 2), (1, 0))),
    "a vector": ((7,), ((2, 3),)),
    "a long run": ((1, 3, 30, 3), ((0, 0), (1, 1), (0, 0), (0, 0))),
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    models = {name: pad(*case) for name, case in CASES.items()}
    models |= {
        dtype: pad((2, 3, 2), ((1, 0), (0, 1), (1, 1)), dtype, 0)
        for dtype in ("int16", "int32", "float32")
    }
    assert_all_outputs_agree(merged(models), compiler=compiler)


def test_the_border_is_the_zero_point() -> None:
    zero_points = (-128, 0, 127)
    models = {f"zero point {z}": pad((2, 3), ((1, 1), (0, 1)), zero_point=z) for z in zero_points}
    for zero_point, y in zip(zero_points, assert_all_outputs_agree(merged(models)), strict=True):
        assert np.all(y[:, 0] == zero_point)


def test_what_tflite_runtime_adds() -> None:
    """Types that TFLM does not support: uint8 and int64; it reads int64 paddings as int32."""
    models = {
        dtype: pad((2, 3, 2), ((1, 0), (0, 1), (1, 1)), dtype) for dtype in ("uint8", "int64")
    }
    models["paddings of int64"] = pad((2, 3), ((1, 0), (0, 1)), index="int64")
    assert_all_outputs_agree(merged(models), tflm=False)


def test_nothing_added_costs_nothing() -> None:
    assert lower(pad((2, 3), ((0, 0), (0, 0))).main).steps[0].call == View(0)


def test_an_empty_input_is_refused_as_by_both_oracles() -> None:
    places = [
        constant(name, np.array(value, np.int32))
        for name, value in (("begin", (0, 3)), ("size", (2, 0)))
    ]
    tensors = (
        quantized("x", (2, 3), 0.05, 3),
        *places,
        *pad((2, 0), ((1, 1), (1, 2))).main.tensors,
    )
    ops = (
        Op("SLICE", (0, 1, 2), (3,), options_type="SliceOptions"),
        Op("PAD", (3, 4), (5,), options_type="PadOptions"),
    )
    model = Model((Graph(tensors, ops, (0,), (5,)),))
    with pytest.raises(ModelError, match=r"layer 0, SLICE .* which has no elements"):
        bind(model.main)


def test_the_output_takes_the_place_of_its_input() -> None:
    """A PAD whose input is not used later needs no memory beyond its output, wherever the border
    is.
    """
    model = pad((1, 8, 8, 4), ((0, 0), (1, 2), (1, 0), (0, 0)))
    x, pads, y = model.main.tensors
    middle = quantized("m", x.shape, 0.05, 3)
    copied = Op("PAD", (0, 3), (2,), options_type="PadOptions")
    none = constant("none", np.zeros((4, 2), np.int32))
    ops = (copied, Op("PAD", (2, 1), (4,), options_type="PadOptions"))
    graph = Model((Graph((x, pads, middle, none, y), ops, (0,), (4,)),))
    program = lower(graph.main)
    assert plan_arena(program).arena_bytes == y.nbytes
    assert_all_agree(graph)


@pytest.mark.parametrize("pads", [((1, -1), (0, 0)), ((1, 1),), ((1, 1), (0, 0), (0, 0))])
def test_paddings_that_do_not_fit_are_refused_by_name(pads: Pads) -> None:
    x, y = quantized("x", (2, 3)), quantized("y", (4, 3))
    with pytest.raises(UnsupportedError, match=r'layer 0, PAD "y".*paddings'):
        lower(single_op("PAD", [x, constant("p", np.array(pads, np.int32))], y).main)


def moves(call: KernelCall, x_bytes: int) -> list[tuple[int, int]]:
    """(byte of y, byte of x) of every byte that the kernel copies, in the order of its loops."""
    p = call.parameters
    count, gap, run = p["count"], p["gap"], p["run"]
    assert isinstance(count, np.ndarray)
    assert isinstance(gap, np.ndarray)
    assert isinstance(run, int)
    assert isinstance(p["lead"], int)
    moved, to = [], p["lead"]
    for k in range(int(np.prod(count))):
        place, axis = k, 0
        while k and place % count[axis] == 0:
            place, axis = place // count[axis], axis + 1
        to += gap[axis] if k else 0
        moved += [(to + i, k * run + i) for i in range(run)]
        to += run
    assert len(moved) == x_bytes
    return moved


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=5
    )
)
def test_any_shape_and_paddings(axes: list[tuple[int, int, int]]) -> None:
    """Bytes equal tflite-runtime's, and at the kernel's in-place offset no byte is overwritten
    before it is read.
    """
    model = pad(
        tuple(size for size, _, _ in axes), tuple((before, after) for _, before, after in axes)
    )
    inputs = random_inputs(model.main, 2)
    np.testing.assert_array_equal(execute(model.main, inputs)[2], reference_output(model, inputs))
    call = lower(model.main).steps[0].call
    if isinstance(call, KernelCall):
        (distance,) = call.overlap
        assert distance is not None
        assert all(y - distance <= x for y, x in moves(call, model.main.tensors[0].nbytes))
